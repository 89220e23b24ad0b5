// Calls the API. All addresses are relative, so that the token of the page's own address is part of them.

export class ApiError extends Error {
  constructor(message: string, readonly status: number) {
    super(message);
  }
}

/** Returns the answer of a read. */
export async function get<T>(path: string): Promise<T> {
  return json<T>(await call(path, { headers: { accept: 'application/json' } }));
}

/** Returns the text of a read, such as the XML of a process. */
export async function getText(path: string): Promise<string> {
  return (await call(path, {})).text();
}

/** Returns the answer of a write. */
export async function post<T>(path: string, body: unknown = {}): Promise<T> {
  return json<T>(await send(path, body));
}

/** Returns the file that a write answers with. */
export async function postForFile(path: string, body: unknown = {}): Promise<Blob> {
  return (await send(path, body)).blob();
}

/** Returns what went wrong, as a sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Returns a path below `api/` whose parts are encoded. */
export function path(...parts: string[]): string {
  return parts.map(encodeURIComponent).join('/');
}

function send(path: string, body: unknown): Promise<Response> {
  return call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  });
}

async function call(path: string, options: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(`api/${path}`, { ...options, cache: 'no-store' });
  } catch {
    throw new ApiError('The server does not answer. Is the command in the terminal still running?', 0);
  }
  if (!answer.ok) {
    throw new ApiError(await problemOf(answer), answer.status);
  }
  return answer;
}

async function problemOf(answer: Response): Promise<string> {
  try {
    const { error } = (await answer.json()) as { error?: { message?: string } };
    if (error?.message) {
      return error.message;
    }
  } catch {
    // not JSON: the status has to do
  }
  return answer.status === 404
    ? 'This was not found on the server.'
    : `The server answered with status ${answer.status}.`;
}

async function json<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  return (text ? JSON.parse(text) : {}) as T;
}
