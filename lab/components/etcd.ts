import { join } from "node:path";
import type { LabContext } from "../context.ts";
import { ports } from "../settings.ts";
import type { Component } from "./component.ts";
import { answersHttp } from "./probe.ts";

/** The API server's store. It does not wait for the disk: a lab's cluster need not outlive a power failure. */
export function etcd({ paths, toolbox }: LabContext): Component {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return {
    program: {
      name: "etcd",
      command: [
        toolbox.command("etcd"),
        "--name=lab",
        `--data-dir=${join(paths.data, "etcd")}`,
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=lab=${peer}`,
        "--unsafe-no-fsync",
        "--logger=zap",
        "--log-level=warn",
      ],
    },
    after: [],
    isReady: () => answersHttp(`${client}/health`),
    readyWithinS: 30,
  };
}
