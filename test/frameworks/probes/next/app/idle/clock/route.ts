import { moveClock } from "../../../idle-visitors";

export async function POST(request: Request): Promise<Response> {
  moveClock(Number(await request.text()));
  return new Response(null, { status: 204 });
}
