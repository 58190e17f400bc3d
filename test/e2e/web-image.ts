import { importBusyboxImages } from "../../lab/images.ts";

/** Name of an image whose pods are ready at once: `/` answers with the version, and the probes' paths with 200. */
export const WEB_IMAGE = "sluice-web";

export const WEB_VERSIONS = ["1.0.0", "1.1.0", "1.2.0"];

export async function importWebImages(): Promise<void> {
  await importBusyboxImages(
    WEB_VERSIONS.map((version) => ({
      name: `docker.io/library/${WEB_IMAGE}:${version}`,
      entrypoint: ["/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"],
      user: "65532:65532",
      files: {
        "/www/actuator/health/readiness": "up",
        "/www/actuator/health/liveness": "up",
        "/www/index.html": version,
      },
    })),
  );
}
