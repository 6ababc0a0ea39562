import type { Route } from "./+types/api.count";
import { withVisitor } from "./visitors.server";

export const action = ({ context }: Route.ActionArgs) =>
  withVisitor(context, async (visitor) =>
    Response.json(await visitor.upsert({ count: 1 }, (it) => void it.count++)),
  );
