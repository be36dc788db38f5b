# SPDX-License-Identifier: Apache-2.0
"""What the story's person writes into an editor."""

LOUDER = """
apiVersion: lanner.dev/v1alpha1
kind: ClusterFalcoRule
metadata:
  name: louder-shells
spec:
  loadOrder: 600
  rules:
    - name: Shell with a terminal in a container
      output: >-
        NEW SHELL!!! (repo=%container.image.repository evt_time=%evt.time evt_time_s=%evt.time.s
        evt_datetime=%evt.datetime proc_duration=%proc.duration container_id=%container.id
        container_name=%container.name k8s_pod_name=%k8s.pod.name k8s_pod_ip=%k8s.pod.ip)
      override: {output: replace}
"""

# In namespace `shop`: who looks at the time, is seen.
CLOCK_WATCHER = """
apiVersion: lanner.dev/v1alpha1
kind: FalcoRule
metadata:
  name: clock
  namespace: shop
spec:
  rules:
    - name: Clock looked at
      desc: Somebody asks for the time
      condition: evt.type = execve and proc.name = date
      output: The clock was looked at (command=%proc.cmdline)
      priority: WARNING
"""

MISTYPED = CLOCK_WATCHER.replace("proc.name = date", "proc.nam = date")
