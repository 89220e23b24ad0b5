// Serves the built page and the answers of a world, with the headers of the real server.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { World } from './fixtures';

const ASSETS = process.env.ASSETS ?? join(process.cwd(), '../assets');
const TOKEN = 'fake-token';
const CSP = 'default-src \'none\'; script-src \'self\'; style-src \'self\' STYLES; img-src \'self\' data:; font-src \'self\' data:; connect-src \'self\'; '
  + 'form-action \'none\'; frame-ancestors \'none\'; base-uri \'none\'';
const TYPES: { [extension: string]: string } = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', txt: 'text/plain' };

export interface Call {
  path: string;
  body: unknown;
}

export class FakeServer {
  readonly writes: Call[] = [];
  private readonly streams = new Set<ServerResponse>();

  private constructor(public world: World, private readonly server: Server) {}

  static async start(world: World): Promise<FakeServer> {
    const server = createServer();
    const made = new FakeServer(world, server);
    server.on('request', (request, response) => void made.answer(request, response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${TOKEN}/`;
  }

  /** Sends a server-sent event to every page. */
  send(event: string, data: unknown): void {
    this.streams.forEach((stream) => stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  stop(): void {
    this.streams.forEach((stream) => stream.end());
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const name = url.pathname.slice(`/${TOKEN}/`.length);
    response.setHeader('content-security-policy', CSP.replace('STYLES', process.env.STYLES ?? '').replace(' ;', ';'));
    if (name.startsWith('api/')) {
      await this.api(name.slice('api/'.length), url.searchParams, request, response);
    } else {
      this.file(name || 'index.html', response);
    }
  }

  private file(name: string, response: ServerResponse): void {
    response.setHeader('content-type', `${TYPES[name.split('.').at(-1) ?? ''] ?? 'text/plain'}; charset=utf-8`);
    response.end(readFileSync(join(ASSETS, name)));
  }

  private async api(path: string, query: URLSearchParams, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (path === 'stream') {
      response.setHeader('content-type', 'text/event-stream');
      this.streams.add(response);
      response.write(`event: hello\ndata: ${JSON.stringify({ lastSeq: this.world.steps.at(-1)?.seq ?? 0 })}\n\n`);
      return;
    }
    if (path.endsWith('/xml')) {
      response.setHeader('content-type', 'application/xml');
      response.end(this.world.xml);
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(request.method === 'POST' ? await this.write(path, request) : this.read(path, query)));
  }

  private read(path: string, query: URLSearchParams): unknown {
    const { world } = this;
    const [ first, , third, fourth ] = path.split('/');
    switch (true) {
      case path === 'state': return world.state;
      case path === 'processes': return { items: world.processes };
      case third === 'elements': return world.details[fourth ?? ''];
      case path === 'instances': return { items: world.instances, total: world.instances.length };
      case third === 'variables': return { items: world.variables };
      case path === 'apify': return world.apify;
      case path === 'timeline': return this.timeline(Number(query.get('before')), Number(query.get('limit')));
      case path === 'events': return { items: world.events, cursor: null };
      case first === 'events': return world.event;
      default: return world.ledger;
    }
  }

  private timeline(before: number, limit: number): unknown {
    const steps = this.world.steps.filter(({ seq }) => seq < before).slice(-limit);
    return { steps, firstSeq: steps[0]?.seq ?? 0, lastSeq: steps.at(-1)?.seq ?? 0 };
  }

  private async write(path: string, request: IncomingMessage): Promise<unknown> {
    const parts: Buffer[] = [];
    for await (const part of request) {
      parts.push(part as Buffer);
    }
    this.writes.push({ path, body: JSON.parse(Buffer.concat(parts).toString() || '{}') });
    return path === 'feel' ? this.world.feel : { message: 'Done.', processes: [ { processId: 'crawl', version: 2, key: '1' } ], instanceKey: '11', runId: 'run-2', variables: {} };
  }
}
