import type { Telemetry } from "@throughline/telemetry";
import type { RunningModelHosts } from "./model-hosts.ts";

/** Models that are measured: each is a line of every scrape. */
const MODELS_MAX = 500;

/** Characters of a digest that tell models apart. */
const LABEL_LENGTH = "sha256:".length + 16;

/** Measures at each scrape what every loaded model is doing, and what it has refused. */
export function measureHosts(meter: Telemetry["meter"], hosts: Pick<RunningModelHosts, "states">): void {
  const gauge = (name: string, description: string) =>
    meter.createObservableGauge(`throughline_model_${name}`, { description });
  const total = (name: string, description: string) =>
    meter.createObservableCounter(`throughline_model_${name}_total`, { description });
  const processes = gauge(
    "processes",
    "Processes at work for a model; 0 while it is unloaded, replaced or switched off",
  );
  const bytes = gauge("resident_bytes", "Resident memory of a model's processes");
  const waiting = gauge("rows_waiting", "Rows that wait for a model");
  const asleep = gauge("unloaded", "1 if a model is unloaded until it is asked for, because memory is short");
  const quarantined = gauge("quarantined", "1 if a model is switched off because its processes died too often");
  const deaths = total("deaths", "Processes of a model that crashed or were killed");
  const requests = total("requests", "Requests that a model has answered");
  const rows = total("rows", "Rows that a model has answered");
  const runs = total("runs", "Runs of a model, each for one request or several");
  const queueSeconds = total("queue_seconds", "Time that answered requests have waited for their run");
  const runSeconds = total("run_seconds", "Time that the model itself took");
  const carrySeconds = total("carry_seconds", "Time of a run that is not the model's: to its process and back");
  const refusals = total("refusals", "Requests that were refused at the door of a model's queue, by reason");
  meter.addBatchObservableCallback(
    (result) => {
      for (const it of hosts.states().slice(0, MODELS_MAX)) {
        const labels = {
          project: it.project,
          model: it.digest.slice(0, LABEL_LENGTH),
          ...(it.work && { work: it.work }),
        };
        result.observe(processes, it.processes, labels);
        result.observe(bytes, it.residentBytes, labels);
        result.observe(waiting, it.rowsWaiting, labels);
        result.observe(asleep, Number(it.isAsleep), labels);
        result.observe(quarantined, Number(it.isQuarantined), labels);
        result.observe(deaths, it.totals.deaths, labels);
        result.observe(requests, it.totals.requests, labels);
        result.observe(rows, it.totals.rows, labels);
        result.observe(runs, it.totals.runs, labels);
        result.observe(queueSeconds, it.totals.queueMs / 1_000, labels);
        result.observe(runSeconds, it.totals.modelMs / 1_000, labels);
        result.observe(carrySeconds, it.totals.carryMs / 1_000, labels);
        for (const [reason, count] of it.refusals) result.observe(refusals, count, { ...labels, reason });
      }
    },
    [
      ...[processes, bytes, waiting, asleep, quarantined, deaths, requests],
      ...[rows, runs, queueSeconds, runSeconds, carrySeconds, refusals],
    ],
  );
}
