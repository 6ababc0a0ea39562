import type { InferSession } from "zession";
import type { visitors } from "./lib/server/visitors.ts";

declare global {
  namespace App {
    interface Locals {
      visitor: InferSession<typeof visitors>;
    }
  }
}
