import type { Admission } from "./admission.ts";
import type { Codec } from "./codec.ts";
import type { Deadline } from "./deadline.ts";
import type { Events } from "./events.ts";
import type { GuardedDriver } from "./guarded-driver.ts";
import type { KeyQueue, Turn } from "./key-queue.ts";
import type { Lifetime } from "./lifetime.ts";
import type { MaybePromise } from "./maybe-promise.ts";
import type { RecordReader } from "./record-reader.ts";
import type { Reentrancy } from "./reentrancy.ts";
import type { ValueSchema } from "./value-schema.ts";

/** The parts of one definition that records are made of. */
export interface RecordsOptions<Value> {
  readonly schema: ValueSchema<Value>;
  readonly codec: Codec;
  readonly driver: GuardedDriver;
  readonly lifetime: Lifetime;
  readonly events: Events;
  readonly queue: KeyQueue;
  readonly reentrancy: Reentrancy;
  /** Whether a record that cannot be read counts as absent. */
  readonly discardInvalid: boolean;
  /** How long a verb may take, in milliseconds. */
  readonly timeout: number;
}

/** What changing and moving a record takes. */
export interface RecordParts<Value> extends RecordsOptions<Value> {
  readonly reader: RecordReader<Value>;
  admit(input: unknown): MaybePromise<Admission<Value>>;
  enterQueue(key: string, deadline: Deadline): Promise<Turn>;
}
