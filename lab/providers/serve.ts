import { isDeepStrictEqual } from "node:util";
import { type sendUnaryData, Server, ServerCredentials, type ServerUnaryCall, status } from "@grpc/grpc-js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";

export type Properties = Readonly<Record<string, unknown>>;

/** How resources of one type are made. Inputs are plain: secrets arrive open, unknown values not at all. */
export interface ResourceKind<Connection> {
  /** The inputs that it understands; every other one is refused by name. */
  readonly inputs: readonly string[];
  /** Those of them that only tell how it is made or removed: a change of them changes nothing that is there. */
  readonly aside?: readonly string[];
  /** @returns what is to be known of it beside its inputs */
  create(connection: Connection, inputs: Properties): Promise<{ readonly id: string; readonly outs: Properties }>;
  exists(connection: Connection, id: string): Promise<boolean>;
  remove(connection: Connection, id: string, properties: Properties): Promise<void>;
}

/** A provider whose resources never change in place. */
export interface Provider<Connection> {
  readonly name: string;
  readonly version: string;
  connect(configuration: Properties): Connection;
  /** By type token. */
  readonly kinds: Readonly<Record<string, ResourceKind<Connection>>>;
}

type Call<Request, Response> = (call: ServerUnaryCall<Request, Response>, answer: sendUnaryData<Response>) => void;

/** Answers by a promise; what it rejects with is what the user reads. */
function answerBy<Request, Response>(handle: (request: Request) => Promise<Response>): Call<Request, Response> {
  return ({ request }, answer) => {
    handle(request).then(
      (response) => answer(null, response),
      (error: unknown) => {
        const details = error instanceof Error ? error.message : String(error);
        answer({ code: status.UNKNOWN, details, message: details, name: "Error" });
      },
    );
  };
}

/**
 * Serves a provider on a port of loopback and prints the port, as the engine expects. (Pulumi's own server for providers
 * in TypeScript does not pass their configuration on.)
 */
export async function serveProvider<Connection>(provider: Provider<Connection>): Promise<void> {
  let connection: Connection | undefined;
  const connected = (): Connection => {
    connection ??= provider.connect({});
    return connection;
  };
  const kindOf = (urn: string) => {
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const kind = provider.kinds[type];
    if (kind !== undefined) return { kind, type };
    throw new Error(
      `the lab's stand-in for the provider ${provider.name} makes no ${type}, only ${Object.keys(provider.kinds).join(", ")}`,
    );
  };
  const server = new Server();
  server.addService(services.ResourceProviderService, {
    configure: answerBy((request: InstanceType<typeof messages.ConfigureRequest>) => {
      connection = provider.connect(read(request.getArgs()));
      // The engine then marks outputs as secret whose inputs were.
      const response = new messages.ConfigureResponse();
      response.setAcceptsecrets(false);
      return Promise.resolve(response);
    }),
    getPluginInfo: answerBy(() => {
      const response = new plugin.PluginInfo();
      response.setVersion(provider.version);
      return Promise.resolve(response);
    }),
    attach: answerBy(() => Promise.resolve(new empty.Empty())),
    cancel: answerBy(() => Promise.resolve(new empty.Empty())),
    check: answerBy(async (request: InstanceType<typeof messages.CheckRequest>) => {
      const { kind, type } = kindOf(request.getUrn());
      const inputs = read(request.getNews());
      const response = new messages.CheckResponse();
      response.setInputs(write(inputs));
      response.setFailuresList(
        Object.keys(inputs)
          .filter((key) => !kind.inputs.includes(key))
          .map((key) =>
            failureOf(key, `the lab's stand-in for the provider ${provider.name} has no ${key} of ${type}`),
          ),
      );
      return Promise.resolve(response);
    }),
    diff: answerBy(async (request: InstanceType<typeof messages.DiffRequest>) => {
      const { kind } = kindOf(request.getUrn());
      const [olds, news] = [read(request.getOldInputs()), read(request.getNews())];
      const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
        (key) => !isDeepStrictEqual(olds[key], news[key]),
      );
      const response = new messages.DiffResponse();
      const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
      response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
      response.setDiffsList(changed);
      response.setReplacesList(changed.filter((key) => !(kind.aside ?? []).includes(key)));
      return Promise.resolve(response);
    }),
    create: answerBy(async (request: InstanceType<typeof messages.CreateRequest>) => {
      const inputs = read(request.getProperties());
      const response = new messages.CreateResponse();
      const { kind } = kindOf(request.getUrn());
      if (request.getPreview()) {
        response.setProperties(write(inputs));
        return response;
      }
      const { id, outs } = await kind.create(connected(), inputs);
      response.setId(id);
      response.setProperties(write({ ...inputs, ...outs }));
      return response;
    }),
    read: answerBy(async (request: InstanceType<typeof messages.ReadRequest>) => {
      const response = new messages.ReadResponse();
      if (!(await kindOf(request.getUrn()).kind.exists(connected(), request.getId()))) return response;
      response.setId(request.getId());
      response.setProperties(request.getProperties());
      response.setInputs(request.getInputs());
      return response;
    }),
    update: answerBy(async (request: InstanceType<typeof messages.UpdateRequest>) => {
      const response = new messages.UpdateResponse();
      response.setProperties(write({ ...read(request.getOlds()), ...read(request.getNews()) }));
      return Promise.resolve(response);
    }),
    delete: answerBy(async (request: InstanceType<typeof messages.DeleteRequest>) => {
      const { kind } = kindOf(request.getUrn());
      await kind.remove(connected(), request.getId(), read(request.getProperties()));
      return new empty.Empty();
    }),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  console.log(String(port));
}

function failureOf(property: string, reason: string) {
  const failure = new messages.CheckFailure();
  failure.setProperty(property);
  failure.setReason(reason);
  return failure;
}

function read(properties: struct.Struct | undefined): Properties {
  return properties?.toJavaScript() ?? {};
}

function write(properties: Properties): struct.Struct {
  return struct.Struct.fromJavaScript(properties as Record<string, struct.JavaScriptValue>);
}
