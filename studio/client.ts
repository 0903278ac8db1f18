/** Asks the server, by the addresses and types of src/server/api.ts. */

import { bytesOf } from '../src/lenses/page/player/packed.ts'
import type {
  ApiError,
  Asked,
  Checked,
  CommandForm,
  CommandList,
  DataSummary,
  FolderListing,
  ImagePage,
  Job,
  JobList,
  JobLog,
  MapsResult,
  ModelAbout,
  Neighbours,
  Packed,
  Predictions,
  PreviewPoints,
  PublishedWeights,
  QueueSettings,
  RunDetail,
  RunList,
  RunLog,
  StudioState,
  TagChange,
  Tags,
  TripletHistory,
  Uploaded,
} from '../src/server/api.ts'
import { StudioError } from './failure.ts'

type Ask = Readonly<Record<string, string | number | undefined>>

export function address(path: string, ask: Ask = {}): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(ask))
    if (value !== undefined && value !== '') params.set(key, String(value))
  const text = params.toString()
  return text ? `${path}?${text}` : path
}

async function answer(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(path, init)
  if (response.ok) return response
  const body: Partial<ApiError> = await response.json().catch(() => ({}))
  if (response.status === 401)
    throw new StudioError({
      code: 'unauthorised',
      what: 'This browser has not shown the studio’s token.',
      hint: 'Open the link that “glasshouse studio” printed; it has the token in it.',
    })
  const error = body.error
  throw new StudioError({
    code: error?.code,
    what: error?.what ?? error?.message ?? `the server answers ${response.status}`,
    hint: error?.hint ?? (error?.expected && `Expected: ${error.expected}.`),
    path: error?.path,
  })
}

const get = async <T>(path: string, ask: Ask, signal?: AbortSignal): Promise<T> =>
  (await answer(address(path, ask), { signal })).json()

const send = async <T>(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<T> =>
  (
    await answer(path, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    })
  ).json()

export const client = {
  state: (signal?: AbortSignal) => get<StudioState>('/api/state', {}, signal),
  runs: (signal?: AbortSignal) => get<RunList>('/api/runs', {}, signal),
  run: (run: string, signal?: AbortSignal) => get<RunDetail>('/api/run', { run }, signal),
  runLog: (run: string, signal?: AbortSignal) => get<RunLog>('/api/run/log', { run, steps: 2000 }, signal),
  predictions: (run: string, signal?: AbortSignal) =>
    get<Predictions>('/api/run/predictions', { run }, signal),
  triplets: (run: string, split: string | undefined, signal?: AbortSignal) =>
    get<TripletHistory>('/api/run/triplets', { run, split }, signal),
  maps: (run: string, signal?: AbortSignal) => get<MapsResult>('/api/run/maps', { run }, signal),
  neighbours: (source: string, row: number, count: number, signal?: AbortSignal) =>
    get<Neighbours>('/api/vectors/neighbours', { source, row, count }, signal),
  browse: (path: string | undefined, signal?: AbortSignal) =>
    get<FolderListing>('/api/browse', { path }, signal),
  data: (data: string, signal?: AbortSignal) => get<DataSummary>('/api/data', { data }, signal),
  images: (ask: Ask, signal?: AbortSignal) => get<ImagePage>('/api/data/images', ask, signal),
  tags: (data: string, signal?: AbortSignal) => get<Tags>('/api/tags', { data }, signal),
  tag: (change: TagChange) => send<Tags>('POST', '/api/tags', change),
  upload: async (file: File): Promise<Uploaded> =>
    (
      await answer(address('/api/upload', { name: file.name }), {
        method: 'POST',
        headers: { 'Content-Type': 'application/octet-stream' },
        body: file,
      })
    ).json(),
  model: (model: string, signal?: AbortSignal) => get<ModelAbout>('/api/model', { model }, signal),
  modelBytes: async (model: string, signal?: AbortSignal) =>
    new Uint8Array(await (await answer(address('/api/model/onnx', { model }), { signal })).arrayBuffer()),
  weights: (signal?: AbortSignal) => get<PublishedWeights>('/api/weights', {}, signal),
  commands: (signal?: AbortSignal) => get<CommandList>('/api/commands', {}, signal),
  command: (command: string, signal?: AbortSignal) => get<CommandForm>('/api/command', { command }, signal),
  check: (asked: Asked, signal?: AbortSignal) => send<Checked>('POST', '/api/check', asked, signal),
  jobs: (signal?: AbortSignal) => get<JobList>('/api/jobs', {}, signal),
  start: (asked: Asked) => send<Job>('POST', '/api/jobs', asked),
  jobLog: (job: string, from: number, signal?: AbortSignal) =>
    get<JobLog>('/api/job/log', { job, from }, signal),
  previewPoints: (job: string, name: string, version: number, signal?: AbortSignal) =>
    get<PreviewPoints>('/api/job/preview', { job, name, version }, signal),
  cancel: (job: string) => send<Job>('POST', address('/api/job/cancel', { job }), {}),
  retry: (job: string) => send<Job>('POST', address('/api/job/retry', { job }), {}),
  forget: (job: string) => send<unknown>('DELETE', address('/api/job', { job }), {}),
  queue: (settings: QueueSettings) => send<QueueSettings>('PUT', '/api/queue', settings),
}

export const thumbOf = (data: string, path: string, size = 128): string =>
  address('/api/image/thumb', { data, path, size })
export const imageOf = (data: string, path: string): string => address('/api/image', { data, path })
export const previewOf = (job: string, name: string, version: number): string =>
  address('/api/job/preview', { job, name, version })

export function floats({ base64, type }: Packed): Float32Array {
  const { buffer } = bytesOf(base64)
  return type === 'float32' ? new Float32Array(buffer) : Float32Array.from(new Int32Array(buffer))
}

export function integers({ base64, type }: Packed): Int32Array {
  const { buffer } = bytesOf(base64)
  return type === 'int32' ? new Int32Array(buffer) : Int32Array.from(new Float32Array(buffer))
}
