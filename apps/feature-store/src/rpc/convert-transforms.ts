import { create, type JsonObject } from "@bufbuild/protobuf";
import {
  type TransformFit as TransformFitMessage,
  TransformFitSchema,
} from "@throughline/contracts/throughline/features/v1/transform_pb";
import {
  type GetTransformedFeaturesResponse,
  GetTransformedFeaturesResponseSchema,
} from "@throughline/contracts/throughline/features/v1/transform_service_pb";
import { fromMs } from "@throughline/rpc";
import { serviceName, trainingSetName, transformFitName } from "../domain/names.ts";
import type { TransformedFeatures } from "../domain/transforms/on-demand.ts";
import type { FitOutput, TransformFit } from "../domain/transforms/transform-fit.ts";
import { columnToProto } from "./convert-columns.ts";

const DATATYPES: Readonly<Record<FitOutput["type"], string>> = { float32: "FP32", float64: "FP64", int64: "INT64" };

/** A fit without its definition, which may be longer than everything else about it. */
export const fitToProto = (fit: TransformFit): TransformFitMessage =>
  create(TransformFitSchema, {
    name: transformFitName.format({ project: fit.project, transformFit: fit.id }),
    digest: fit.digest,
    definitionDigest: fit.definitionDigest,
    constantsDigest: fit.constantsDigest,
    trainingSet: trainingSetName.format({ project: fit.project, trainingSet: fit.trainingSet }),
    trainingSetFileDigest: fit.trainingSetFileDigest,
    rowCount: BigInt(fit.rowCount),
    passCount: fit.passCount,
    inputs: fit.inputs.map(columnToProto),
    outputs: fit.outputs.map(({ name, type, width, elementNames }) => ({
      name,
      datatype: DATATYPES[type],
      width: BigInt(width),
      elementNames: [...elementNames],
    })),
    needs: {
      opsetVersion: fit.needs.opset,
      mlOperators: fit.needs.isMl,
      runtimeOperators: fit.needs.isRuntimeOnly,
    },
    sizeBytes: BigInt(fit.sizeBytes),
    actor: fit.actor,
    createTime: fromMs(fit.createTimeMs),
  });

/** A fit with its definition. */
export const wholeFitToProto = (fit: TransformFit): TransformFitMessage => ({
  ...fitToProto(fit),
  definition: JSON.parse(fit.definition) as JsonObject,
});

export const transformedToProto = (it: TransformedFeatures): GetTransformedFeaturesResponse =>
  create(GetTransformedFeaturesResponseSchema, {
    outputs: it.outputs.map(({ name, rows }) => ({
      name,
      datatype: DATATYPES[rows.type],
      width: BigInt(rows.width),
      ...(rows.type === "int64" ? { int64Values: [...rows.values] } : { doubleValues: [...rows.values] }),
    })),
    featureService: serviceName.format({ project: it.service.project, service: it.service.id }),
    version: BigInt(it.service.version),
    digest: it.service.digest,
    rowDigests: [...it.rowDigests],
  });
