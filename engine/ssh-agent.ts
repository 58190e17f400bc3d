import { spawn } from "node:child_process";
import http from "node:http";
import { Duplex } from "node:stream";

/**
 * Connections to the engine of another host through the system's own `ssh`, as Docker's client makes them: with its keys, its
 * configuration, and its list of known hosts, so that a stranger in between is not believed.
 *
 * @param host `ssh://user@host:port`
 * @param program what is run for a connection
 */
export function sshAgent(host: string, program = "ssh"): http.Agent {
  const agent = new http.Agent();
  agent.createConnection = () => {
    const { hostname, port, username } = new URL(host);
    const user = username === "" ? [] : ["-l", decodeURIComponent(username)];
    const at = port === "" ? [] : ["-p", port];
    // After "--" a host that begins with a dash is no option.
    const args = ["-o", "BatchMode=yes", ...user, ...at, "--", hostname, "docker", "system", "dial-stdio"];
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    const connection = Duplex.from({ readable: child.stdout, writable: child.stdin });
    child.on("error", (error) => connection.destroy(error));
    connection.on("close", () => child.kill());
    return connection;
  };
  return agent;
}
