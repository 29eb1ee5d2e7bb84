"""Lo que un día correrá en una pestaña del navegador no abre hilos, sockets, procesos ni paquetes nativos."""

from __future__ import annotations

import subprocess
import sys

LAP = """
import socket, subprocess, sys, threading

def forbidden(*_, **__):
    raise AssertionError("un navegador no tiene esto")

threading.Thread.start = forbidden
socket.socket.__init__ = forbidden
subprocess.Popen.__init__ = forbidden

from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster

cluster = EmbeddedCluster(nodes=3, seed=0)
client = Client(InProcessConnection(cluster))
client.apply('''
apiVersion: apps/v1
kind: Deployment
metadata: {name: frontend}
spec:
  replicas: 3
  selector: {matchLabels: {app: frontend}}
  template:
    metadata: {labels: {app: frontend}}
    spec: {containers: [{name: frontend, image: "nginx:1.27"}]}
''')
client.wait(30)
assert client.get("deployment", "frontend")["status"]["availableReplicas"] == 3

import lab_tools.checks, lab_tools.checks.run
heavy = {"kubernetes", "uvicorn", "httptools", "websockets", "trustme", "urllib3", "ssl", "nbgrader", "cryptography"}
print(" ".join(sorted(heavy & set(sys.modules))))
"""


def test_a_whole_lap_needs_nothing_a_browser_lacks():
    done = subprocess.run([sys.executable, "-c", LAP], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
