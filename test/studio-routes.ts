/** Every route of the studio, for attacks that must fail on each of them. A test compares it with the server's sources. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface StudioRoute {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  /** the parameter in which a name or a path is expected, with what stands before it */
  takes?: string
  /** what is sent, where the name is in there */
  body?: (name: string) => object
}

const get = (path: string, takes?: string): StudioRoute => ({ method: 'GET', path, takes })
const post = (path: string, more: Pick<StudioRoute, 'takes' | 'body'> = {}): StudioRoute => ({
  method: 'POST',
  path,
  ...more,
})

const asked = (name: string) => ({ command: 'data inspect', inputs: { data: name } })

export const studioRoutes: readonly StudioRoute[] = [
  get('/api/state'),
  get('/api/runs'),
  get('/api/run', 'run='),
  { method: 'DELETE', path: '/api/run', takes: 'run=' },
  get('/api/run/log', 'run='),
  get('/api/run/predictions', 'run='),
  get('/api/run/triplets', 'run='),
  get('/api/run/maps', 'run='),
  get('/api/run/retrieval', 'run='),
  get('/api/run/result', 'run='),
  get('/api/events', 'run='),
  get('/api/vectors', 'source='),
  get('/api/vectors/about', 'source='),
  get('/api/vectors/neighbours', 'source='),
  get('/api/browse', 'path='),
  get('/api/data', 'data='),
  get('/api/data/images', 'data='),
  get('/api/data/duplicates', 'data='),
  get('/api/data/augmented', 'path='),
  get('/api/image', 'path='),
  get('/api/image/thumb', 'path='),
  get('/api/tags', 'data='),
  post('/api/tags', { body: name => ({ data: name, tag: 'odd', add: ['x'] }) }),
  get('/api/commands'),
  get('/api/command', 'command='),
  post('/api/check', { body: asked }),
  get('/api/jobs'),
  post('/api/jobs', { body: asked }),
  get('/api/job', 'job='),
  { method: 'DELETE', path: '/api/job', takes: 'job=' },
  get('/api/job/log', 'job='),
  get('/api/job/preview', 'name=x&job='),
  post('/api/job/cancel', { takes: 'job=' }),
  post('/api/job/retry', { takes: 'job=' }),
  { method: 'PUT', path: '/api/queue' },
  get('/api/model', 'model='),
  get('/api/model/onnx', 'model='),
  get('/api/weights'),
  post('/api/upload'),
  post('/api/film'),
]

/** As the sources have them. */
export function routesInSources(): string[] {
  const folder = join(import.meta.dirname, '../src/server/routes')
  return readdirSync(folder).flatMap(name =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/\.(get|post|put|delete)\('(\/api\/[^']*)'/g)].map(
      ([, method, path]) => `${method.toUpperCase()} ${path}`,
    ),
  )
}
