/** Asks the server, by the addresses and types of src/server/api.ts. */
import { bytesOf } from '../src/lenses/page/player/packed.ts'
import type {
  ApiError,
  Asked,
  Checked,
  CommandForm,
  CommandList,
  DataSummary,
  Duplicates,
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
  RetrievalSheet,
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

export interface RetrievalAsked {
  run: string
  split: string
  epoch: number
  /** number of the first image, and how many */
  from: number
  count: number
}

export function address(path: string, ask: Ask = {}): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(ask))
    if (value !== undefined && value !== '') params.set(key, String(value))
  const text = params.toString()
  return text ? `${path}?${text}` : path
}

/** What an exported page holds in place of a server. */
interface Held {
  answers: Readonly<Record<string, unknown>>
  /** by the address of the thumbnail in its usual size, whatever size it has */
  images: Readonly<Record<string, string>>
}
let held: Held | undefined
/** From now on nothing is asked of a server. */
export const answerFrom = (content: Held): void => {
  held = content
}

/** Whether this is an exported page, behind which there is no server. */
export const isHeld = (): boolean => held !== undefined

async function answer(path: string, init?: RequestInit): Promise<Response> {
  if (held) {
    if (path in held.answers) return Response.json(held.answers[path])
    throw new StudioError({ what: 'This page was taken from the studio and holds no more.' })
  }
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
  runs: (signal?: AbortSignal) => get<RunList>(addressOf.runs, {}, signal),
  run: (run: string, signal?: AbortSignal) => get<RunDetail>(addressOf.run(run), {}, signal),
  runLog: (run: string, signal?: AbortSignal) => get<RunLog>(addressOf.runLog(run), {}, signal),
  predictions: (run: string, signal?: AbortSignal) =>
    get<Predictions>(addressOf.predictions(run), {}, signal),
  triplets: (run: string, split: string | undefined, signal?: AbortSignal) =>
    get<TripletHistory>(addressOf.triplets(run, split), {}, signal),
  maps: (run: string, signal?: AbortSignal) => get<MapsResult>(addressOf.maps(run), {}, signal),
  retrieval: (ask: RetrievalAsked, signal?: AbortSignal) =>
    get<RetrievalSheet>(addressOf.retrieval(ask), {}, signal),
  neighbours: (source: string, row: number, count: number, signal?: AbortSignal) =>
    get<Neighbours>('/api/vectors/neighbours', { source, row, count }, signal),
  browse: (path: string | undefined, signal?: AbortSignal) =>
    get<FolderListing>('/api/browse', { path }, signal),
  data: (data: string, signal?: AbortSignal) => get<DataSummary>(addressOf.data(data), {}, signal),
  images: (ask: Ask, signal?: AbortSignal) => get<ImagePage>(addressOf.images(ask), {}, signal),
  duplicates: (data: string, signal?: AbortSignal) => get<Duplicates>(addressOf.duplicates(data), {}, signal),
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
  /** @param frames as `packFrames` packs them */
  film: async (rate: number, frames: Uint8Array<ArrayBuffer>): Promise<Blob> =>
    (
      await answer(address('/api/film', { rate }), {
        method: 'POST',
        headers: { 'Content-Type': 'application/octet-stream' },
        body: frames,
      })
    ).blob(),
  model: (model: string, signal?: AbortSignal) => get<ModelAbout>('/api/model', { model }, signal),
  modelBytes: async (model: string, signal?: AbortSignal) =>
    new Uint8Array(await (await answer(address('/api/model/onnx', { model }), { signal })).arrayBuffer()),
  weights: (signal?: AbortSignal) => get<PublishedWeights>('/api/weights', {}, signal),
  commands: (signal?: AbortSignal) => get<CommandList>('/api/commands', {}, signal),
  command: (command: string, signal?: AbortSignal) => get<CommandForm>('/api/command', { command }, signal),
  check: (asked: Asked, signal?: AbortSignal) => send<Checked>('POST', '/api/check', asked, signal),
  jobs: (signal?: AbortSignal) => get<JobList>(addressOf.jobs, {}, signal),
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

/** Addresses of what exported pages hold, as the views ask for it. */
export const addressOf = {
  runs: '/api/runs',
  jobs: '/api/jobs',
  run: (run: string) => address('/api/run', { run }),
  runLog: (run: string) => address('/api/run/log', { run, steps: 2000 }),
  predictions: (run: string) => address('/api/run/predictions', { run }),
  triplets: (run: string, split?: string) => address('/api/run/triplets', { run, split }),
  maps: (run: string) => address('/api/run/maps', { run }),
  retrieval: (asked: RetrievalAsked) => address('/api/run/retrieval', { ...asked }),
  data: (data: string) => address('/api/data', { data }),
  images: (ask: Ask) => address('/api/data/images', ask),
  duplicates: (data: string) => address('/api/data/duplicates', { data }),
  thumb: (data: string, path: string, size = 128) => address('/api/image/thumb', { data, path, size }),
}

/** An image without content. */
export const nothing = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=='

/** Whether the image can be shown: an exported page holds some. */
export const hasImage = (data: string, path: string): boolean =>
  !held || addressOf.thumb(data, path) in held.images

export function thumbOf(data: string, path: string, size = 128): string {
  if (!held) return addressOf.thumb(data, path, size)
  return held.images[addressOf.thumb(data, path)] ?? nothing
}
export const imageOf = (data: string, path: string): string =>
  held ? thumbOf(data, path, 256) : address('/api/image', { data, path })
/** Of an image that belongs to no data set. */
export const thumbOfFile = (path: string, size: number): string => address('/api/image/thumb', { path, size })
/** What training would see of an image in an epoch. */
export const augmentedOf = (
  asked: { data: string; path: string; augment?: string; size?: number; seed?: number },
  epoch: number,
): string => address('/api/data/augmented', { ...asked, epoch })
export const previewOf = (job: string, name: string, version: number): string =>
  address('/api/job/preview', { job, name, version })

/** What lies at an address of the studio. */
export const textAt = async (address: string): Promise<string> => (await answer(address)).text()
export const blobAt = async (address: string): Promise<Blob> => (await answer(address)).blob()

export function floats({ base64, type }: Packed): Float32Array {
  const { buffer } = bytesOf(base64)
  return type === 'float32' ? new Float32Array(buffer) : Float32Array.from(new Int32Array(buffer))
}

export function integers({ base64, type }: Packed): Int32Array {
  const { buffer } = bytesOf(base64)
  return type === 'int32' ? new Int32Array(buffer) : Int32Array.from(new Float32Array(buffer))
}
