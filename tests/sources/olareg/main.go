// SPDX-License-Identifier: Apache-2.0

// A registry in memory that knows referrers, on the address that is its argument.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/olareg/olareg"
	"github.com/olareg/olareg/config"
)

func main() {
	registry := olareg.New(config.Config{Storage: config.ConfigStorage{StoreType: config.StoreMem}})
	log.Fatal(http.ListenAndServe(os.Args[1], registry))
}
