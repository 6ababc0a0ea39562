import { setTimeout } from "node:timers/promises";
import type { RequestHandler } from "./$types";

/** A body that goes on when the head of the response has left. */
export const GET: RequestHandler = ({ locals }) => {
  const body = new ReadableStream({
    async start(controller) {
      await setTimeout(50);
      const text = await locals.visitor
        .upsert({ count: 1 }, (it) => void it.count++)
        .then(
          (it) => `Count: ${it.count}`,
          (error: unknown) => `${error}`,
        );
      controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });
  return new Response(body);
};
