# SPDX-License-Identifier: Apache-2.0
"""Fields that belong to the language but that this version has no facts for: sockets, working directories,
...

A rule that names one is refused with other words than a rule that misspells a field. Specification 7.3.
"""

from __future__ import annotations

_UNANSWERED_TEXT = """
container.cni.json evt.abspath evt.abspath.dst evt.abspath.src evt.buffer evt.buflen evt.buflen.file
evt.buflen.file.in evt.buflen.file.out evt.buflen.in evt.buflen.net evt.buflen.net.in evt.buflen.net.out
evt.buflen.out evt.category evt.count.error.file evt.count.error.memory evt.count.error.net
evt.count.error.other evt.count.procinfo evt.count.threadinfo evt.deltatime evt.deltatime.ns evt.deltatime.s
evt.infra.docker.container.id evt.infra.docker.container.image evt.infra.docker.container.name
evt.infra.docker.name evt.io_dir evt.is_io evt.is_io_read evt.is_io_write evt.is_syslog evt.is_wait
evt.latency evt.latency.human evt.latency.ns evt.latency.quantized evt.latency.s evt.outputtime evt.plugininfo
evt.pluginname evt.reltime evt.reltime.ns evt.reltime.s evt.wait_latency fd.cip fd.cip.name fd.cnet
fd.connected fd.cport fd.cproto fd.ip fd.is_server fd.l4proto fd.lip fd.lip.name fd.lnet fd.lport fd.lproto
fd.name_changed fd.net fd.port fd.proto fd.rip fd.rip.name fd.rnet fd.rport fd.rproto fd.sip fd.sip.name
fd.snet fd.sockfamily fd.sport fd.sproto fd.types fdlist.cips fdlist.cports fdlist.names fdlist.nums
fdlist.sips fdlist.sports fs.path.source fs.path.sourceraw fs.path.target fs.path.targetraw k8s.pod.cni.json
proc.aenv proc.cwd proc.env proc.fdlimit proc.fdopencount proc.fdusage proc.loginshellid proc.nchilds
proc.stderr.name proc.stderr.type proc.stdin.name proc.stdin.type proc.stdout.name proc.stdout.type proc.vmrss
proc.vmsize proc.vmswap thread.cgroup thread.cgroups thread.cpu thread.cpu.system thread.cpu.user
thread.exectime thread.pfmajor thread.pfminor thread.totexectime thread.vmrss thread.vmrss.b thread.vmsize
thread.vmsize.b util.cnt
"""
UNANSWERED = frozenset(_UNANSWERED_TEXT.split())
