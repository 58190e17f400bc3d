import type { Docker } from "../docker.ts";
import type { App } from "../app.ts";
import { SLOT_HEADER } from "../limits.ts";
import { SLOTS } from "../release-state.ts";
import type { NginxRouter } from "../router.ts";
import { EDGE_DIRECTORY, ROUTING_PATH, routingFile } from "./basis.ts";
import { escapePattern, headerVariable, quote } from "./nginx-match.ts";
import { upstreamOf } from "./nginx-routing.ts";

/** Everything of nginx' configuration but the routing, which it includes. Made for a short way, not for a cache. */
export function renderNginxConf(app: App, router: NginxRouter, { health }: Docker): string {
  return `# The edge of ${app.namespace}/${app.name}. Who is sent where is in ${routingFile("nginx")}.
worker_processes auto;
pid /tmp/nginx.pid;
error_log /dev/stderr warn;

events {
    worker_connections 8192;
}

http {
    log_format sluice escape=json ${logFormat()};
    access_log /dev/stdout sluice;
    server_tokens off;
    server_names_hash_bucket_size 128;
    tcp_nodelay on;
    keepalive_timeout 75s;
    keepalive_requests 100000;

    client_body_temp_path /tmp/client-body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;

    # Connections to the containers are kept open, and answers go on as they come.
    proxy_http_version 1.1;
    proxy_buffering off;
    proxy_connect_timeout 5s;
    proxy_next_upstream error;
    proxy_next_upstream_tries 2;
    map $http_upgrade $sluice_connection { default upgrade; "" ""; }

    # What a user is known by; whoever has none is drawn for each request.
    ${keyMap(router)}
    include ${EDGE_DIRECTORY}/${routingFile("nginx")};
    map $sluice_slot $sluice_upstream { ${SLOTS.map((slot) => `${slot} ${upstreamOf(slot)};`).join(" ")} }

    server {
        listen ${router.port} default_server backlog=4096;
        access_log off;
        return 404;
    }

    server {
        listen ${router.port};
        server_name ${router.hosts.map(quote).join(" ")};

        proxy_set_header Host $http_host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $sluice_connection;

        location / {
            add_header ${SLOT_HEADER} $sluice_mark always;
            proxy_pass http://$sluice_upstream;
        }
${SLOTS.map((slot) => `        location = /health/${slot} { proxy_pass http://${upstreamOf(slot)}${health.path}; }`).join("\n")}
    }

    server {
        listen ${router.statusPort};
        access_log off;
        location = ${ROUTING_PATH} { default_type text/plain; return 200 $sluice_routing; }
        location = /stub_status { stub_status; }
        location / { return 404; }
    }
}
`;
}

/** One line of JSON for each request. */
function logFormat(): string {
  const fields = {
    at: "$time_iso8601",
    method: "$request_method",
    host: "$host",
    uri: "$request_uri",
    status: "$status",
    bytes: "$body_bytes_sent",
    seconds: "$request_time",
    slot: "$sluice_slot",
    tester: "$sluice_mark",
    upstream: "$upstream_addr",
    upstreamStatus: "$upstream_status",
    upstreamSeconds: "$upstream_response_time",
    client: "$remote_addr",
    agent: "$http_user_agent",
  };
  return `'${JSON.stringify(fields)}'`;
}

/** Sets `$sluice_key`, a hash of which draws a user's side. */
function keyMap({ stickyKey }: NginxRouter): string {
  switch (stickyKey?.by) {
    case undefined:
      return "map $host $sluice_key { default $request_id; }";
    case "address":
      return "map $host $sluice_key { default $remote_addr; }";
    case "header":
      return `map ${headerVariable(stickyKey.name)} $sluice_key { "" $request_id; default ${headerVariable(stickyKey.name)}; }`;
    case "cookie": {
      const pattern = `~(?:^|; *)${escapePattern(stickyKey.name)}=(?<sluice_user>[^;]+)`;
      return `map $http_cookie $sluice_key { ${quote(pattern)} $sluice_user; default $request_id; }`;
    }
  }
}
