/** What a provider of this project does, in Pulumi's process for such providers. */
export interface LocalProvider<Inputs, Outputs extends Inputs = Inputs> {
  /** Compares what was made with what is asked for; may refuse it, and then the preview fails already. */
  diff(id: string, olds: Outputs, news: Inputs): Promise<{ readonly changes: boolean }>;
  create(inputs: Inputs): Promise<{ readonly id: string; readonly outs: Outputs }>;
  update(id: string, olds: Outputs, news: Inputs): Promise<{ readonly outs: Outputs }>;
  /** Without it nothing is to be done: what it was in goes. */
  delete?(id: string, props: Outputs): Promise<void>;
}
