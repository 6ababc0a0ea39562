// What a caught error and an event say about themselves.
import { expectError, expectType } from "tsd";
import {
  defineSession,
  InvalidValueError,
  isSessionError,
  SessionError,
  type SessionErrorCode,
  type SessionEvent,
} from "zession";
import { z } from "zod";

const caught: unknown = undefined;

// The guard gives a union, in which `code` tells the error.
if (isSessionError(caught)) {
  expectType<SessionError>(caught);
  expectType<SessionErrorCode>(caught.code);
  if (caught.code === "ERR_SESSION_INVALID_VALUE") {
    expectType<InvalidValueError>(caught);
    caught.issues.map((issue) => issue.message);
  }
  expectError(caught.issues);
  expectError<typeof caught.code>("ERR_SESSION_INVALID");
  expectError<typeof caught.status>(418);
}

// `instanceof` gives the same.
if (caught instanceof SessionError) expectType<SessionError>(caught);
if (caught instanceof InvalidValueError) expectType<422>(caught.status);

function messages(error: SessionError): string[] {
  switch (error.code) {
    case "ERR_SESSION_INVALID_KEY":
    case "ERR_SESSION_INVALID_VALUE":
    case "ERR_SESSION_INVALID_RECORD":
      return error.issues.map((issue) => issue.message);
    case "ERR_SESSION_ENDED":
      expectError(error.issues);
      return [];
    default:
      return [error.message];
  }
}
messages(new InvalidValueError("refused"));
expectError(messages(new Error("another")));

// An event bears the name of its definition.
defineSession({
  name: "hits",
  key: z.string(),
  value: z.number(),
  keyFn: () => "a",
  onEvent: (event) => {
    expectType<"hits">(event.name);
    expectType<SessionEvent<"hits">>(event);
    expectError(event.fingerprint);
    if (event.type === "rotated") expectType<string>(event.previous);
  },
});
defineSession({
  key: z.string(),
  value: z.number(),
  keyFn: () => "a",
  onEvent: (event) => expectType<"session">(event.name),
});
// One listener serves all definitions.
const log = (event: SessionEvent): void => console.log(event.name);
const logged = defineSession({
  key: z.string(),
  value: z.number(),
  keyFn: () => "a",
  onEvent: log,
});
expectType<"session">(logged.name);
