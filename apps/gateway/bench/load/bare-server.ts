/**
 * The least that logs single metrics durably on this platform: `node:http`, a row of SQLite for each call, and one synced commit for all that came within
 * a turn of the event loop. It knows no runs, and answers whatever else it is asked with the same ids. Arguments: the port, and the file.
 */
import { createServer, type ServerResponse } from "node:http";
import { DatabaseSync } from "node:sqlite";

const [port, file = ""] = process.argv.slice(2);
const ANSWER = JSON.stringify({ experiment_id: "1", run: { info: { run_id: "1" } } });

const database = new DatabaseSync(file);
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS points (number INTEGER PRIMARY KEY, run TEXT, key TEXT, step INTEGER, time INTEGER, value REAL);
`);
const insert = database.prepare("INSERT INTO points (run, key, step, time, value) VALUES (?, ?, ?, ?, ?)");

interface Call {
  readonly body: string;
  readonly response: ServerResponse;
}

let waiting: Call[] = [];

function commit(): void {
  const calls = waiting;
  waiting = [];
  database.exec("BEGIN IMMEDIATE");
  for (const { body } of calls) {
    const { run_id, key, step, timestamp, value } = JSON.parse(body);
    insert.run(run_id, key, step, timestamp, value);
  }
  database.exec("COMMIT");
  for (const { response } of calls) answer(response, "{}");
}

const answer = (response: ServerResponse, text: string): unknown =>
  response.writeHead(200, { "content-type": "application/json", "content-length": text.length }).end(text, "latin1");

createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (piece: string) => {
    body += piece;
  });
  request.on("end", () => {
    if (request.url?.endsWith("/log-metric") !== true) return void answer(response, ANSWER);
    if (waiting.push({ body, response }) === 1) setImmediate(commit);
  });
}).listen(Number(port), "127.0.0.1");
