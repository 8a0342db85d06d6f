import type { ServiceImpl } from "@connectrpc/connect";
import {
  type CalibrationService,
  CreateCalibrationRequestSchema,
} from "@throughline/contracts/throughline/registry/v1/calibration_service_pb";
import { invariant, parseDigest } from "@throughline/kernel";
import { type CalibrationDeps, createCalibration, getCalibration, storedCalibration } from "../domain/calibrations.ts";
import { CALIBRATION, PROJECT, projectOf } from "../domain/names.ts";
import { callOf } from "./call.ts";
import { calibrationFromProto, calibrationToProto } from "./convert-calibration.ts";

/** The edge of CalibrationService: convert, call, convert. */
export const calibrationHandlers = (deps: CalibrationDeps): ServiceImpl<typeof CalibrationService> => ({
  async createCalibration(request, context) {
    const { parent: project } = request;
    PROJECT.parse(project, "parent");
    const wanted = calibrationFromProto(request);
    const call = callOf(CreateCalibrationRequestSchema, request, { resource: project, context });
    const { digest } = await createCalibration(deps, call, wanted);
    const made = await storedCalibration(deps.blobs, digest);
    invariant(made, `${digest} was stored`);
    return { calibration: calibrationToProto(project, digest, made) };
  },

  async getCalibration({ name }) {
    const { calibration } = CALIBRATION.parse(name);
    const project = projectOf(name);
    const digest = parseDigest(`sha256:${calibration}`, "name");
    return { calibration: calibrationToProto(project, digest, await getCalibration(deps, project, digest)) };
  },
});
