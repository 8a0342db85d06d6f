import {
  type CallOptions,
  type Client,
  Code,
  ConnectError,
  createClient,
  type HandlerContext,
  type Transport,
} from "@connectrpc/connect";
import {
  type GetPredictionResponse,
  InferenceService,
  type SendFeedbackResponse,
} from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import type { Feedback } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { LIMITS } from "@throughline/kernel";
import { forwardedHeaders, type Routers, reasonOf } from "@throughline/rpc";
import { predictionsUnknown } from "../domain/errors.ts";
import { routersAway } from "../domain/log-errors.ts";

/**
 * Calls about predictions that are not in this router's log, for the routers that gave them: behind a balancer of load any router is
 * reached. What was forwarded goes no further.
 */
export interface Forwarding {
  /**
   * Sends feedback to the routers that gave its predictions. Nothing is sent before it is known of all where they are. Fails with
   * PREDICTION_UNKNOWN, ROUTERS_UNAVAILABLE, and what the routers say.
   */
  sendFeedback(feedback: Forwarded, context: HandlerContext): Promise<FeedbackCounts>;
  /** Undefined if no router knows it. Fails with ROUTERS_UNAVAILABLE. */
  getPrediction(name: string, context: HandlerContext): Promise<GetPredictionResponse | undefined>;
}

export interface Forwarded {
  readonly deployment: string;
  /** Never empty. */
  readonly feedback: readonly Feedback[];
}

export type FeedbackCounts = Omit<SendFeedbackResponse, "$typeName" | "$unknown">;

const FORWARDED_HEADER = "throughline-forwarded";

/** Undefined where a call may not be forwarded: no other routers are named, or one of them has sent it. */
export const forwardingOf = (others: Routers | undefined): ((context: HandlerContext) => Forwarding | undefined) => {
  if (others === undefined) return () => undefined;
  const forwards = forwarding(others);
  return ({ requestHeader }) => (requestHeader.has(FORWARDED_HEADER) ? undefined : forwards);
};

type Router = Client<typeof InferenceService>;

const clientOf = (router: Transport): Router => createClient(InferenceService, router);

function forwarding(others: Routers): Forwarding {
  /** The router that has the prediction, and with it all of its segment, since a segment is of one log. */
  const ownerOf = async (name: string, options: CallOptions): Promise<Transport | undefined> => {
    const routers = await others().catch((error: unknown) => {
      throw routersAway([], error);
    });
    const asked = routers.values().map(async (it) => {
      if (!(await isKnown(clientOf(it), name, options))) throw ELSEWHERE;
      return it;
    });
    try {
      // The first that has it: one that is away holds up nobody whom it does not concern.
      return await Promise.any(asked);
    } catch (error) {
      const failures: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
      const away = [...routers.keys()].filter((_, i) => failures[i] !== ELSEWHERE);
      if (away.length > 0)
        throw routersAway(
          away,
          failures.find((it) => it !== ELSEWHERE),
        );
      return undefined;
    }
  };
  return {
    async sendFeedback({ deployment, feedback }, context) {
      const options = optionsOf(context);
      const segments = [...Map.groupBy(feedback, (it) => segmentOf(it.prediction)).values()];
      const owners = await Promise.all(segments.map(([first]) => ownerOf(first?.prediction ?? "", options)));
      const lost = segments.filter((_, i) => owners[i] === undefined).flat();
      if (lost.length > 0) throw predictionsUnknown(lost.map((it) => it.prediction));
      const parts = Map.groupBy(segments.keys(), (i) => owners[i]);
      const sent = await Promise.all(
        [...parts].flatMap(([owner, its]) =>
          owner
            ? clientOf(owner).sendFeedback({ deployment, feedback: its.flatMap((i) => segments[i] ?? []) }, options)
            : [],
        ),
      );
      return sent.reduce<FeedbackCounts>(addedCounts, NOTHING);
    },
    async getPrediction(name, context) {
      const options = optionsOf(context);
      const owner = await ownerOf(name, options);
      return owner && clientOf(owner).getPrediction({ name }, options);
    },
  };
}

const ELSEWHERE = new Error("the prediction is not in this log");

async function isKnown(router: Router, name: string, options: CallOptions): Promise<boolean> {
  try {
    await router.getPrediction({ name }, options);
    return true;
  } catch (error) {
    if (reasonOf(error) === "PREDICTION_NOT_SAMPLED") return true;
    if (ConnectError.from(error).code === Code.NotFound) return false;
    throw error;
  }
}

/** The part of a prediction's name that all of a segment have. */
const segmentOf = (name: string): string => name.split("-").slice(0, -2).join("-");

function optionsOf(context: HandlerContext): CallOptions {
  const headers = new Headers(forwardedHeaders(context));
  headers.set(FORWARDED_HEADER, "1");
  return { headers, signal: context.signal, timeoutMs: context.timeoutMs() ?? LIMITS.deadlineMsDefault };
}

const NOTHING: FeedbackCounts = { newCount: 0, correctedCount: 0, unchangedCount: 0 };

/** What several calls did. */
export const addedCounts = (a: FeedbackCounts, b: FeedbackCounts): FeedbackCounts => ({
  newCount: a.newCount + b.newCount,
  correctedCount: a.correctedCount + b.correctedCount,
  unchangedCount: a.unchangedCount + b.unchangedCount,
});
