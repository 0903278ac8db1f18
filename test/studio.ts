/**
 * A studio for tests, on a free port: a runs folder with a training that is described but was never carried out, and a
 * result of another command; data of twelve drawn species; and beside them what must not be seen.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, type RequestOptions, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeCsv } from '../src/base/csv.ts'
import { writeVectors } from '../src/embedding/vectors.node.ts'
import { exampleRecord } from '../src/runs/fixtures/record.ts'
import { embeddingsName, type RunRecord, tripletsName } from '../src/runs/record.ts'
import { writeTriplets } from '../src/runs/triplets.node.ts'
import { type RunningStudio, type StudioOptions, startStudio } from '../src/server/serve.ts'
import { seedlings } from './seedlings.ts'

export interface TestStudio extends RunningStudio {
  /** holds `runs/`, `data/` (the seedlings), and `secret/`, which is outside */
  folder: string
  data: string
  origin: string
  /** with the token */
  get(path: string, options?: RequestInit): Promise<Response>
  send(method: string, path: string, body?: unknown): Promise<Response>
  /** ends it, and removes its folder */
  end(): Promise<void>
  notes: string[]
}

/** The word that no answer may hold. */
export const secret = 'the-secret-of-somebody-else'

export async function testStudio(options: Partial<StudioOptions> = {}): Promise<TestStudio> {
  const data = await seedlings()
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-studio-'))
  for (const name of ['runs', 'secret']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'secret', 'passwords.txt'), secret)
  await writeRun(join(folder, 'runs', 'train-1'), data)
  writeResult(join(folder, 'runs', 'cam-1'), 'cam', { model: join(folder, 'runs', 'train-1@2') })
  const notes: string[] = []
  const running = await startStudio({
    folder: join(folder, 'runs'),
    base: folder,
    port: 0,
    host: '127.0.0.1',
    readOnly: false,
    data: [data],
    note: text => void notes.push(text),
    ...options,
  })
  const origin = `http://127.0.0.1:${running.port}`
  const authorised = { Authorization: `Bearer ${running.token}` }
  return {
    ...running,
    folder,
    data,
    origin,
    notes,
    get: (path, { headers, ...more } = {}) =>
      fetch(origin + path, { ...more, headers: { ...authorised, ...headers } }),
    send: (method, path, body) =>
      fetch(origin + path, {
        method,
        headers: { ...authorised, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    async end() {
      await running.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A classifier of two epochs, with everything that the page reads of it. */
async function writeRun(place: string, data: string): Promise<void> {
  mkdirSync(join(place, 'checkpoints'), { recursive: true })
  const classes = ['Maize', 'Sugar beet']
  const record: RunRecord = exampleRecord({
    objective: 'softmax',
    objectiveOptions: { smoothing: 0.05 },
    head: { kind: 'classes', classes },
    data: {
      path: data,
      fingerprint: 'f'.repeat(64),
      classes,
      split: { kind: 'given' },
      images: { train: 16, test: 4 },
    },
  })
  writeFileSync(join(place, 'run.json'), JSON.stringify(record))
  const lines = [
    { kind: 'epoch', epoch: 0, step: 0, accuracy: 0.5, seconds: 1 },
    ...[1, 2].flatMap(epochLines),
  ]
  writeFileSync(join(place, 'log.ndjson'), lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  for (const epoch of ['0000', '0001', '0002'])
    writeFileSync(join(place, `checkpoints/epoch-${epoch}.safetensors`), '')
  writeFileSync(join(place, 'index.html'), '<!doctype html><title>A page</title><script>1</script>')
  const paths = ['test/Maize/0004.png', 'test/Maize/0009.png', 'test/Sugar beet/0004.png']
  const rows = paths.map(path => [path, path.split('/')[1], 'Maize', 0.75, 'test'])
  const columns = ['path', 'label', 'predicted', 'probability', 'split']
  writeFileSync(join(place, 'predictions.csv'), encodeCsv({ columns, rows }))
  const ids = Int32Array.of(4, 7, 9)
  for (const epoch of [0, 2]) {
    await writeVectors(join(place, embeddingsName(epoch, 'test')), {
      ids,
      paths,
      labels: ['Maize', 'Maize', 'Sugar beet'],
      dim: 2,
      data: Float32Array.of(1, 0, 0.8, 0.6, 0, 1),
    })
    await writeTriplets(place, tripletsName(epoch, 'test'), ids, {
      positiveIndex: Int32Array.of(1, 0, -1),
      negativeIndex: Int32Array.of(2, 2, 1),
      positive: Float32Array.of(0.8, 0.8, 0),
      negative: Float32Array.of(0, 0.6, 0.6),
    })
  }
}

const epochLines = (epoch: number) => [
  ...Array.from({ length: 4 }, (_, step) => ({
    kind: 'step',
    epoch,
    step: 4 * (epoch - 1) + step,
    loss: 2 - epoch / 2,
    rate: 0.1,
  })),
  { kind: 'epoch', epoch, step: 4 * epoch, loss: 2 - epoch / 2, accuracy: 0.4 + epoch / 5, seconds: 1 },
]

export function writeResult(place: string, command: string, parameters: object): void {
  mkdirSync(place, { recursive: true })
  const result = {
    command,
    version: '0.1.0',
    seed: 0,
    device: 'cpu',
    seconds: 1,
    parameters,
    metrics: {},
    files: ['heat.png', 'index.html'],
  }
  writeFileSync(join(place, 'result.json'), JSON.stringify(result))
  writeFileSync(join(place, 'index.html'), '<!doctype html><title>Heat</title>')
}

export interface RawAnswer {
  status: number
  headers: IncomingMessage['headers']
  text: string
}

/** A request as it is written here: `fetch` would mend its address and its headers. */
export function raw(
  { port }: Pick<TestStudio, 'port'>,
  { body, ...options }: RequestOptions & { body?: string },
): Promise<RawAnswer> {
  return new Promise((done, fail) => {
    const sent = request({ host: '127.0.0.1', port, agent: false, ...options }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', part => {
        text += part
      })
      answer.on('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
    })
    sent.on('error', fail)
    sent.end(body)
  })
}
