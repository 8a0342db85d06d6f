import type { ServiceImpl } from "@connectrpc/connect";
import {
  AskTrialsRequestSchema,
  CreateStudyRequestSchema,
  type StudyService,
} from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import { invalidField } from "@throughline/kernel";
import { callerOf, toMs } from "@throughline/rpc";
import { parseProject } from "../domain/names.ts";
import { createStudy, getStudy, listStudies, listTrials, type Studies } from "../domain/studies.ts";
import { askTrials } from "../domain/study-asks.ts";
import { deleteStudy, resumeStudy, stopStudy, updateStudy } from "../domain/study-changes.ts";
import { studyResult } from "../domain/study-result.ts";
import { reportTrial, tellTrial } from "../domain/study-trials.ts";
import { callOf } from "./call.ts";
import {
  correctedToProto,
  endFromProto,
  parseStudyName,
  parseTrialName,
  settingsFromProto,
  studyContent,
  studyToProto,
  trialToProto,
} from "./study-convert.ts";

type Handlers = ServiceImpl<typeof StudyService>;

/** The RPC edge of studies: convert, call, convert. */
export const studyHandlers = (studies: Studies): Handlers => ({ ...ofStudies(studies), ...ofTrials(studies) });

type TrialMethods = "askTrials" | "reportTrial" | "tellTrial" | "listTrials";

const ofStudies = (studies: Studies): Omit<Handlers, TrialMethods> => ({
  async createStudy(request, context) {
    const project = parseProject(request.parent, "parent");
    if (request.study === undefined) throw invalidField("study", "it is missing");
    const content = studyContent(request.study, project);
    const call = callOf({ schema: CreateStudyRequestSchema, request, scope: project }, context);
    return {
      study: studyToProto(await createStudy(studies, { project, actor: callerOf(context).actor, content }, call)),
    };
  },
  async getStudy({ name }) {
    return { study: studyToProto(await getStudy(studies, parseStudyName(name, "name"))) };
  },
  async listStudies({ parent, pageSize, pageToken }) {
    const page = { size: pageSize, token: pageToken };
    const found = await listStudies(studies, { project: parseProject(parent, "parent"), page });
    return { studies: found.items.map(studyToProto), nextPageToken: found.nextPageToken };
  },
  async updateStudy(request) {
    const key = parseStudyName(request.name, "name");
    const update = { key, etag: request.etag, settings: settingsFromProto(request) };
    return { study: studyToProto(await updateStudy(studies, update)) };
  },
  async deleteStudy({ name }) {
    await deleteStudy(studies, parseStudyName(name, "name"));
    return {};
  },
  async resumeStudy({ name }) {
    return { study: studyToProto(await resumeStudy(studies, parseStudyName(name, "name"))) };
  },
  async stopStudy({ name }) {
    return { study: studyToProto(await stopStudy(studies, parseStudyName(name, "name"))) };
  },
  async getStudyResult({ name, asOf }) {
    const key = parseStudyName(name, "name");
    const { best, corrected, importances } = await studyResult(studies, key, asOf && toMs(asOf));
    const study = await getStudy(studies, key);
    return {
      bestTrials: best.map((it) => trialToProto(study, it)),
      ...(corrected !== undefined && { corrected: correctedToProto(corrected) }),
      importances: importances.map(({ name: parameter, importance }) => ({ parameter, importance })),
    };
  },
});

const ofTrials = (studies: Studies): Pick<Handlers, TrialMethods> => ({
  async askTrials(request, context) {
    const key = parseStudyName(request.study, "study");
    const call = callOf({ schema: AskTrialsRequestSchema, request, scope: request.study }, context);
    const trials = await askTrials(studies, { key, count: request.count || 1, worker: request.worker }, call);
    const study = await getStudy(studies, key);
    return { trials: trials.map((it) => trialToProto(study, it)) };
  },
  async reportTrial({ name, step, value }) {
    return reportTrial(studies, { key: parseTrialName(name), step: Number(step), value });
  },
  async tellTrial(request) {
    const key = parseTrialName(request.name);
    const trial = await tellTrial(studies, { key, end: endFromProto(request) });
    return { trial: trialToProto(await getStudy(studies, { project: key.project, id: key.studyId }), trial) };
  },
  async listTrials({ study: name, pageSize, pageToken }) {
    const key = parseStudyName(name, "study");
    const found = await listTrials(studies, { key, page: { size: pageSize, token: pageToken } });
    const study = await getStudy(studies, key);
    return { trials: found.items.map((it) => trialToProto(study, it)), nextPageToken: found.nextPageToken };
  },
});
