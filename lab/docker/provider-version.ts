/** Version of Pulumi's provider of Docker that this project's package is made for. */
export const dockerProviderVersion = "5.2.0";
