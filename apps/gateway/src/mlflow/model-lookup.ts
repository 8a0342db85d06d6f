import { Code } from "@connectrpc/connect";
import type { Model, ModelVersion } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { RegistryService } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { invalidField } from "@throughline/kernel";
import { type Fields, requiredText } from "../json-fields.ts";
import { callService, type MlflowCall } from "./endpoint.ts";
import { isCode, isNotFound, noSuch } from "./errors.ts";

const service = RegistryService.method;

/** The model that MLflow knows by its title. */
export async function modelTitled(call: MlflowCall, title: string): Promise<Model | undefined> {
  const asked = { parent: call.project, displayName: title.normalize("NFC"), pageSize: 1 };
  return (await callService(call, service.listModels, asked)).models[0];
}

/** The model that a request is about. */
export async function modelAsked(call: MlflowCall): Promise<Model> {
  const title = requiredText(call.fields, "name");
  const model = await modelTitled(call, title);
  if (!model) throw noSuch(`The registered model ${title.slice(0, 300)}`);
  return model;
}

/** The number of the version that a request is about. */
export function versionAsked(fields: Fields): string {
  // Numbers are texts in MLflow, and numbers where somebody wrote them so.
  const value = fields.values["version"];
  const text = typeof value === "number" ? String(value) : requiredText(fields, "version");
  if (!/^[1-9]\d{0,14}$/.test(text)) throw invalidField("version", "expected the number of a model version");
  return text;
}

export async function readVersion(call: MlflowCall, model: Model, selector: string): Promise<ModelVersion> {
  try {
    const { version } = await callService(call, service.getModelVersion, {
      name: `${model.name}/versions/${selector}`,
    });
    if (version) return version;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  throw noSuch(`Version ${selector} of the registered model ${model.displayName}`);
}

/** A version and its model, by what a request says of both. */
export async function versionAskedOf(
  call: MlflowCall,
): Promise<{ readonly model: Model; readonly version: ModelVersion }> {
  const selector = versionAsked(call.fields);
  const model = await modelAsked(call);
  return { model, version: await readVersion(call, model, selector) };
}

/**
 * Makes a model under an id that says what its title does. A title that a deleted model had begins anew, as in MLflow, under
 * another id: what the thread knows by the old one stays what it was.
 */
export async function makeModel(
  call: MlflowCall,
  given: { readonly displayName: string; readonly description: string; readonly tags: Record<string, string> },
): Promise<Model> {
  const plain =
    given.displayName
      .replace(/[^A-Za-z0-9._-]+/g, "-")
      .replace(/^[^A-Za-z0-9]+/, "")
      .slice(0, 100) || "model";
  for (const modelId of [plain, `${plain}-${randomTail()}`]) {
    try {
      const { model } = await callService(call, service.createModel, {
        parent: call.project,
        modelId,
        model: given,
        unusedId: true,
      });
      if (model) return model;
    } catch (error) {
      // The id may have been that of a model that is called otherwise now, or was deleted; the title must be free.
      if (!isCode(error, Code.AlreadyExists) || (await modelTitled(call, given.displayName))) throw error;
    }
  }
  throw invalidField("name", "no id could be made of it. Try again");
}

const randomTail = (): string => Math.floor(Math.random() * 2 ** 32).toString(16);
