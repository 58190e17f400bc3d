import assert from "node:assert/strict";
import { labPaths } from "../../lab/settings.ts";
import { parseStates } from "../../lab/supervisor/control.ts";
import { countRestarts } from "../../lab/supervisor/events.ts";
import { renderSupervisorConfig } from "../../lab/supervisor/render.ts";

const paths = labPaths({ SLUICE_CACHE: "/c" });

describe("supervisord's configuration", () => {
  const section = (text: string, name: string) => text.split("\n\n").find((part) => part.startsWith(`[${name}]`)) ?? "";
  const program = { name: "web", command: ["/bin/web", "--label=100% a'b", "--empty="] };

  it("keeps its socket, PID file and log in the lab's state", () => {
    const text = renderSupervisorConfig([], paths);
    assert.match(section(text, "supervisord"), /^pidfile=\/c\/lab\/run\/supervisord\.pid$/m);
    assert.match(section(text, "supervisord"), /^logfile=\/c\/lab\/logs\/supervisord\.log$/m);
    assert.match(section(text, "unix_http_server"), /^file=\/c\/lab\/run\/supervisor\.sock$/m);
    assert.doesNotMatch(text, /inet_http_server/);
  });

  it("starts nothing by itself, restarts what ends, rotates logs", () => {
    const lines = section(renderSupervisorConfig([program], paths), "program:web").split("\n");
    for (const line of ["autostart=false", "autorestart=true", "stdout_logfile=/c/lab/logs/web.log"]) {
      assert.ok(lines.includes(line), line);
    }
    assert.ok(lines.includes("stdout_logfile_maxbytes=10MB"));
  });

  it("quotes words for supervisord's shell-like splitting, and doubles percent signs", () => {
    const lines = section(renderSupervisorConfig([program], paths), "program:web").split("\n");
    assert.ok(lines.includes(`command=/bin/web '--label=100%% a'"'"'b' --empty=`), lines[1]);
  });

  it("marks each process and gives it its own variables", () => {
    const text = renderSupervisorConfig([{ ...program, env: { MODE: "50%" } }], paths);
    assert.match(text, /^environment=MODE="50%%",SLUICE_LAB="\/c\/lab",SLUICE_LAB_CONFIG="[0-9a-f]{12}"$/m);
  });

  it("changes with the content of a program's files, so that the program is restarted", () => {
    const render = (content: string) => renderSupervisorConfig([{ ...program, configFiles: { "/f": content } }], paths);
    assert.equal(render("a"), render("a"));
    assert.notEqual(render("a"), render("b"));
  });
});

describe("supervisord's answers", () => {
  it("are parsed to states and pids", () => {
    const text = [
      "etcd                             RUNNING   pid 21561, uptime 0:01:50",
      "rules-sync                       STOPPED   Not started",
      "prometheus                       BACKOFF   Exited too quickly (process log may have details)",
    ].join("\n");
    assert.deepEqual(parseStates(text), [
      { name: "etcd", state: "RUNNING", pid: 21561 },
      { name: "rules-sync", state: "STOPPED", pid: undefined },
      { name: "prometheus", state: "BACKOFF", pid: undefined },
    ]);
  });
});

describe("restarts in supervisord's log", () => {
  const start = "2026-01-01 10:00:00,000 INFO supervisord started with pid 10";
  const spawned = (name: string) => `2026-01-01 10:00:01,000 INFO spawned: '${name}' with pid 11`;
  const exited = (name: string) => `2026-01-01 10:00:02,000 WARN exited: ${name} (terminated by SIGKILL; not expected)`;
  const stopped = (name: string) => `2026-01-01 10:00:02,000 WARN stopped: ${name} (terminated by SIGTERM)`;
  const count = (...lines: string[]) => Object.fromEntries(countRestarts(lines.join("\n")));

  it("are none for a first start", () => assert.deepEqual(count(start, spawned("etcd")), {}));

  it("are counted once the process was started again", () => {
    assert.deepEqual(count(start, spawned("etcd"), exited("etcd")), {});
    assert.deepEqual(count(start, spawned("etcd"), exited("etcd"), spawned("etcd")), { etcd: 1 });
  });

  it("are counted for each program by itself", () => {
    const again = (name: string) => [exited(name), spawned(name)];
    assert.deepEqual(count(start, ...again("etcd"), ...again("kube-apiserver"), ...again("etcd")), {
      etcd: 2,
      "kube-apiserver": 1,
    });
  });

  it("are not counted for a stop that was asked for", () => {
    assert.deepEqual(count(start, spawned("etcd"), stopped("etcd"), spawned("etcd")), {});
    assert.deepEqual(count(start, exited("etcd"), stopped("etcd"), spawned("etcd")), {});
  });

  it("begin anew with supervisord", () => {
    assert.deepEqual(count(start, exited("etcd"), spawned("etcd"), start, spawned("etcd")), {});
  });
});
