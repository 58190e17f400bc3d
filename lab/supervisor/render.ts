import { createHash } from "node:crypto";
import { join } from "node:path";
import { labMarker, type LabPaths } from "../settings.ts";
import type { Program } from "./program.ts";

/** supervisord's files. */
export function supervisorFiles(paths: LabPaths) {
  return {
    config: join(paths.config, "supervisord.conf"),
    socket: join(paths.run, "supervisor.sock"),
    pid: join(paths.run, "supervisord.pid"),
    log: join(paths.logs, "supervisord.log"),
  };
}

/** The log of one program: standard output and error together. */
export function programLog(name: string, paths: LabPaths): string {
  return join(paths.logs, `${name}.log`);
}

/**
 * supervisord's configuration. Nothing starts by itself: `lab up` starts the programs in their order. A program that
 * ends is started again for as long as the lab is up.
 */
export function renderSupervisorConfig(programs: readonly Program[], paths: LabPaths): string {
  const files = supervisorFiles(paths);
  const head = [
    "[supervisord]",
    `logfile=${escape(files.log)}`,
    "logfile_maxbytes=5MB",
    "logfile_backups=1",
    "loglevel=info",
    `pidfile=${escape(files.pid)}`,
    `directory=${escape(paths.state)}`,
    "nocleanup=true",
    "minfds=1024",
    "",
    "[unix_http_server]",
    `file=${escape(files.socket)}`,
    "chmod=0700",
    "",
    "[supervisorctl]",
    `serverurl=unix://${escape(files.socket)}`,
    "",
    "[rpcinterface:supervisor]",
    "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
  ];
  return `${[...head, ...programs.flatMap((program) => ["", ...renderProgram(program, paths)])].join("\n")}\n`;
}

function renderProgram(program: Program, paths: LabPaths): string[] {
  const env = { ...program.env, [labMarker]: paths.state, SLUICE_LAB_CONFIG: hashFiles(program.configFiles ?? {}) };
  return [
    `[program:${program.name}]`,
    `command=${program.command.map((word) => escape(quote(word))).join(" ")}`,
    `environment=${Object.entries(env)
      .map(([name, value]) => `${name}="${escape(value)}"`)
      .join(",")}`,
    "autostart=false",
    "autorestart=true",
    "startsecs=1",
    "startretries=1000",
    `stopwaitsecs=${program.stopWaitS ?? 5}`,
    // What a program started itself (containerd's shims) is left to the lab's own order of ending.
    "stopasgroup=false",
    "killasgroup=false",
    "redirect_stderr=true",
    `stdout_logfile=${escape(programLog(program.name, paths))}`,
    "stdout_logfile_maxbytes=10MB",
    "stdout_logfile_backups=1",
  ];
}

/** supervisord expands `%(name)s` in every value. */
function escape(value: string): string {
  return value.replaceAll("%", "%%");
}

/** supervisord splits a command as a POSIX shell does, and takes ` ;` for a comment. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

function hashFiles(files: Readonly<Record<string, string>>): string {
  return createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 12);
}
