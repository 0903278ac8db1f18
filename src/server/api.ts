/**
 * The contract between the studio's server and its page: every address, what it takes and what it answers. Types only;
 * the page imports this file too.
 *
 * Who may ask. The printed link carries a token: `/?token=...` sets a cookie and leads to `/`. The page then needs
 * nothing more; a program may send `Authorization: Bearer TOKEN` instead. The page itself (`/`, `/assets/...`) is
 * served to anybody, everything else answers 401 without cookie or header. Requests that change something are POST,
 * PUT or DELETE with `Content-Type: application/json` (uploads: `application/octet-stream`), and 403 where the studio
 * was started with `--read-only`.
 *
 * How things are named. A run is the path of its folder below the runs folder, with forward slashes (`train-1`,
 * `rates/runs/ep-0.1`). Data, images and models are paths: absolute, or relative to `StudioState.folder`; all of them
 * must lie in the runs folder or in a data root, links resolved. Names go into the query (`?run=`), never into the
 * path, but for `/files/`.
 *
 * What goes wrong is answered as `ApiError` with a fitting status.
 *
 *   GET    /api/state                                        StudioState
 *   GET    /api/events?run=NAME&from=BYTES...                server-sent events, see `StudioEvents`; at most 8 runs
 *
 *   GET    /api/runs                                         RunList
 *   GET    /api/run?run=                                     RunDetail
 *   GET    /api/run/log?run=&steps=2000                      RunLog: all epochs, and at most `steps` steps, thinned
 *   GET    /api/run/predictions?run=&split=test              Predictions: what a classifier says of each image
 *   GET    /api/run/triplets?run=&split=test&epoch=          TripletHistory: all epochs, or one
 *   GET    /api/run/retrieval?run=&split=test&epoch=&from=0&count=12&nearest=8   RetrievalSheet
 *   GET    /api/run/maps?run=                                MapsResult: of a t-SNE, `run` its folder
 *   GET    /api/run/result?run=                              the result.json of any command, as it is
 *   DELETE /api/run?run=                                     moves the folder to the studio's trash
 *   GET    /files/NAME/FILE                                  a file of a run folder; pages are sandboxed
 *
 *   GET    /api/vectors?source=                              Arrow file: RUN@EPOCH:SPLIT, or a path of .arrow or .npy
 *   GET    /api/vectors/about?source=                        VectorsAbout
 *   GET    /api/vectors/neighbours?source=&row=&count=20     Neighbours: in the original space, by cosine
 *
 *   POST   /api/film?rate=24                                MP4: the body is frames, see film-frames.ts
 *
 *   GET    /api/browse?path=                                 FolderListing: for file pickers; without path the roots
 *   GET    /api/data?data=                                   DataSummary
 *   GET    /api/data/images?data=&split=&class=&tag=&search=&offset=0&count=200   ImagePage
 *   GET    /api/data/duplicates?data=                       Duplicates: starts the search, and says how far it is
 *   GET    /api/data/augmented?data=&path=&run=|augment=&size=&seed=&epoch=       PNG: what training would see
 *   GET    /api/image/thumb?data=&path=&size=128             JPEG or PNG, the long side at most `size`
 *   GET    /api/image?data=&path=                            the image as it is on the disk
 *   GET    /api/tags?data=                                   Tags
 *   POST   /api/tags                                         TagChange -> Tags
 *   POST   /api/upload?name=cat.jpg                          Uploaded; the body is the file
 *
 *   GET    /api/model?model=                                 ModelAbout: layers and classes, for menus and the drawing
 *   GET    /api/model/onnx?model=                            the network as ONNX, for lenses in the tab
 *   GET    /api/weights                                      PublishedWeights
 *
 *   GET    /api/commands                                     CommandList
 *   GET    /api/command?command=                             CommandForm
 *   POST   /api/check                                        Asked -> Checked; starts nothing
 *
 *   GET    /api/jobs                                         JobList, the newest first
 *   POST   /api/jobs                                         Asked -> Job; 422 with ApiError where something is wrong
 *   GET    /api/job?job=                                     Job
 *   GET    /api/job/log?job=&from=0                          JobLog
 *   GET    /api/job/preview?job=&name=                       PNG, or PreviewPoints where `kind` is 'points'
 *   POST   /api/job/cancel?job=                              Job; keeps what is finished
 *   POST   /api/job/retry?job=                               Job: waits again, goes on where it stood
 *   DELETE /api/job?job=                                     {}: forgets an ended job; its results stay
 *   PUT    /api/queue                                        QueueSettings -> QueueSettings
 */
import type { ArgumentKind } from '../commands/command.ts'
import type { Role, Split } from '../data/dataset.ts'
import type { FormField } from '../options/form.ts'
import type { ListedRun } from '../runs/list-page.ts'
import type { EpochLine, RunRecord, StepLine } from '../runs/record.ts'
import type { CommandResult } from '../runs/result.ts'

/** Answered with status 400 to 503 wherever a request fails. */
export interface ApiError {
  error: {
    /** stable: one of base/error-codes.ts, or `fault` where the program itself is at fault */
    code: string
    /** one or two sentences: what is wrong, where, how to mend it. Not HTML */
    message: string
    /** what was asked wrongly: ['options', 'epochs'], ['inputs', 'data'], ['run'] */
    path?: readonly string[]
    /** the parts of the message, for a form that has its own place for each */
    what?: string
    where?: string
    expected?: string
    got?: string
    hint?: string
  }
}

/** A typed array as text: little-endian numbers in base64. */
export interface Packed {
  type: 'float32' | 'int32'
  length: number
  base64: string
}

// State

export interface StudioState {
  version: string
  readOnly: boolean
  /** where relative paths start: the folder that the studio was started in */
  folder: string
  /** the runs folder, absolute */
  runs: string
  /** folders that data, images and models may come from, absolute; the runs folder is always one more */
  dataRoots: string[]
  /** cores of the machine, for the default of threads */
  cores: number
  queue: QueueSettings
  /** in bytes */
  limits: { upload: number }
}

// Runs

export interface RunList {
  runs: ListedRun[]
  /** others are still being read: ask again */
  more?: boolean
}

export interface RunDetail {
  /** as in the list */
  listed: ListedRun
  /** of a training: run.json; absent for the result of another command, and for a damaged run */
  record?: RunRecord
  /** result.json, where there is one: see `CommandResult` */
  result?: CommandResult
  /** the command line that makes it again */
  line?: string
  /** of a training: which images the scores are of and how the best epoch is chosen, as a sentence */
  choice?: string
  /** whether the images of the run's data can be shown, and why not */
  data?: { path: string; readable: boolean; reason?: string }
  epochs: EpochLine[]
  /** epochs that have a checkpoint, embeddings, triplets; the slider has a step for each */
  checkpoints: number[]
  embeddings: EpochFile[]
  triplets: EpochFile[]
  /** of a classifier that has finished, on its test images: counts, truth by predicted; absent where it is not known yet */
  confusion?: Confusion
  /** what other commands found in this run: results whose model, run or vectors it is; the newest first */
  lenses: LensResult[]
  files: RunFile[]
  /** the job that made it, where the studio started it */
  job?: string
}

export interface EpochFile {
  epoch: number
  split: Split
}

export interface Confusion {
  classes: string[]
  split: Split
  cells: { truth: number; predicted: number; count: number }[]
}

export interface LensResult {
  /** the run (folder) that holds it */
  run: string
  command: string
  /** the epoch that it looks at, where it names one */
  epoch?: number
  changed: number
  /** address of its page below /files/, where it has one */
  page?: string
  /** address of an image that stands for it */
  thumb?: string
}

export interface RunFile {
  /** below the run's folder, with forward slashes */
  name: string
  bytes: number
  /** media type */
  type: string
  /** below /files/, encoded */
  url: string
}

export interface RunLog {
  epochs: EpochLine[]
  /** each thinned stretch is represented by its first step */
  steps: StepLine[]
  /** how many steps there are: "showing m of n" */
  ofSteps: number
  /** where the events of this run go on: give it as `from` */
  next: number
  /** a line that cannot be read, and what is wrong with it; lines after it are missing */
  damage?: string
}

export interface Predictions {
  classes: string[]
  split: Split
  /** the data folder: image addresses need it */
  data: string
  items: Prediction[]
}

export interface Prediction {
  path: string
  /** indices into `classes` */
  truth: number
  predicted: number
  /** of the predicted class */
  probability: number
}

/** Columns are parallel; an image is named by its place in `paths`. */
export interface TripletHistory {
  run: string
  split: Split
  data: string
  paths: string[]
  labels: string[]
  epochs: {
    epoch: number
    /** places in `paths`; -1: none */
    anchor: Packed
    positive: Packed
    negative: Packed
    /** cosine similarity of the anchor with both */
    positiveSimilarity: Packed
    negativeSimilarity: Packed
  }[]
}

/** What an embedding finds for some of its images. */
export interface RetrievalSheet {
  data: string
  /** images that could be asked for */
  total: number
  queries: { path: string; label: string; found: { path: string; label: string; similarity: number }[] }[]
}

export interface MapsResult {
  metrics: Record<string, unknown>
  /** the data folder, where it is known */
  data?: string
  paths: string[]
  labels: string[]
  /** what the data says of the images beside their class: split, and further columns of its list */
  fields: ImageField[]
  /** `ids` are places in the data; `paths` and `labels` are those of the first map, parallel to its ids */
  maps: { name: string; source?: string; ids?: Packed; x: Packed; y: Packed }[]
  /** the same maps under ties of other strengths, the weakest first; empty where none were asked for */
  strengths: { lambda: number; maps: { x: Packed; y: Packed }[] }[]
  /** of the tie of `maps`, where there are several */
  lambda?: number
}

export interface ImageField {
  name: string
  values: string[]
  /** of each image: its place in `values`; -1 where the data says nothing of it */
  of: Packed
}

// Vectors

export interface VectorsAbout {
  source: string
  count: number
  dim: number
  /** absent where the file has none */
  paths?: string[]
  labels?: string[]
  /** the data folder, where it is known */
  data?: string
}

export interface Neighbours {
  row: number
  /** the nearest first, without the row itself */
  neighbours: { row: number; similarity: number; path?: string; label?: string }[]
}

// Data

export interface FolderListing {
  /** absolute; absent at the top, where the roots are listed */
  path?: string
  parent?: string
  entries: FolderEntry[]
  /** entries that are left out because there are too many */
  left: number
}

export interface FolderEntry {
  name: string
  path: string
  kind: 'folder' | 'run' | 'image' | 'model' | 'vectors' | 'list' | 'json' | 'text' | 'video'
  bytes?: number
}

export interface DataSummary {
  path: string
  classes: { name: string; images: number; splits: Partial<Record<Split, number>> }[]
  splits: Split[]
  images: number
  /** what a user should know about the data */
  notes: string[]
  tags: string[]
}

export interface DataImage {
  /** place among all images of the data */
  index: number
  /** below the data folder */
  path: string
  label: string
  split?: Split
  role?: Role
}

export interface ImagePage {
  /** how many there are with this class, split, tag and search */
  total: number
  offset: number
  images: DataImage[]
}

/** Images that are nearly the same, also mirrored. */
export interface Duplicates {
  /** images that were looked at, and how many there are */
  done: number
  of: number
  /** once all were looked at: the largest first */
  groups?: DataImage[][]
  /** groups that are left out because there are too many */
  left?: number
  /** why it could not be finished */
  fault?: string
}

export interface Tags {
  tags: { name: string; paths: string[] }[]
}

/** Puts a tag on images of a data set, or takes it off. */
export interface TagChange {
  data: string
  tag: string
  add?: string[]
  remove?: string[]
}

export interface Uploaded {
  /** absolute: what a form names */
  path: string
  bytes: number
  kind: FolderEntry['kind']
}

// Models

export interface ModelAbout {
  model: string
  net: string
  head: { kind: 'classes'; classes: string[] } | { kind: 'embedding'; dim: number }
  /** side of the images that it expects */
  size: number
  parameters: number
  multiplyAdds: number
  /** in the order in which they are computed: what LAYER may be */
  layers: { layer: string; operator: string; shape: number[]; parameters: number; multiplyAdds: number }[]
  /** residual units, for the anatomy lens */
  units: string[]
  /** the drawing of the network: an SVG in which each box has `data-layer` */
  drawing: string
  /** epochs of a run that can be opened: run@EPOCH */
  epochs?: number[]
  notes: string[]
}

export interface PublishedWeights {
  weights: { net: string; name: string; source: string; here: boolean }[]
  nets: string[]
}

// Commands

export interface CommandList {
  commands: CommandSummary[]
}

export interface CommandSummary {
  /** `train`, `data seedlings`, `pair-pca` */
  name: string
  title: string
  summary: string
  heading: string
  isLens: boolean
}

/** What an input is, so that a form can offer the right picker. */
export type { ArgumentKind }

export interface CommandForm extends CommandSummary {
  description?: string
  inputs: FormInput[]
  /** of the command itself */
  options: FormField[]
  /** of a model that leaves open how it is read */
  modelOptions: FormField[]
  /** of every command: seed, device, threads */
  commonOptions: FormField[]
  examples: { line: string; does: string }[]
}

export interface FormInput {
  name: string
  kind: ArgumentKind
  description: string
  atLeast: number
  /** absent where there is no limit */
  atMost?: number
  choices?: string[]
}

/** A filled-in form. What is left out takes its default. */
export interface Asked {
  command: string
  /** by name of the input; a list where it takes several. A 'sweep' is a path, or a SweepSpec as an object */
  inputs: Record<string, string | string[] | SweepSpecInput | undefined>
  /** by key: numbers, truth values, texts, lists; of all three groups of options */
  options: Record<string, unknown>
}

export interface SweepSpecInput {
  data: string
  train?: Record<string, unknown>
  grid: Record<string, unknown[]>
  threads?: number
  parallel?: number
}

export interface Checked {
  /** the command line that does the same, to be pasted into a terminal */
  line: string
  /** what is wrong; absent where it can start. Values that need the model or the data are checked when it runs */
  error?: ApiError['error']
}

// Jobs

export interface QueueSettings {
  /** how many jobs run at the same time */
  atOnce: number
}

/** A job that runs while the server goes away waits again when the server is back. */
export type JobState = 'waiting' | 'running' | 'finished' | 'failed' | 'cancelled'

export interface Job {
  id: string
  command: string
  asked: Asked
  line: string
  state: JobState
  /** the folder of its results, a run; made when it starts */
  run: string
  /** milliseconds since 1970 */
  created: number
  started?: number
  ended?: number
  /** how often it was started: more than once where the server went away in between */
  attempts: number
  error?: ApiError['error']
  /** stages that are open now, the outermost first */
  stages: JobStage[]
  /** the last ones */
  notes: string[]
  previews: JobPreview[]
  /** whether result.json and index.html are there */
  hasResult: boolean
  hasPage: boolean
}

export interface JobStage {
  id: number
  name: string
  done: number
  total: number
  unit?: 'bytes'
  note?: string
  /** what it belongs to, such as a run of a sweep */
  of?: string
  /** per second, since it began */
  rate?: number
  /** seconds, at that rate */
  left?: number
}

export interface JobPreview {
  name: string
  kind: 'image' | 'points'
  /** grows with each new content: append it to the address, so that no cache gets in between */
  version: number
  width?: number
  height?: number
  count?: number
}

export interface PreviewPoints {
  x: Packed
  y: Packed
}

export interface JobList {
  jobs: Job[]
}

export interface JobLog {
  text: string
  /** in bytes: ask for `from=next` to go on */
  next: number
}

// Events

/** The events of /api/events, by name; the data of each is JSON. A stream that is too slow to read is closed. */
export interface StudioEvents {
  /** at the beginning of each stream: all jobs as they stand */
  jobs: JobList
  /** a job is new or has changed its state */
  job: Job
  /** what open jobs are at; at most four times a second for each */
  progress: { job: string; stages: JobStage[]; previews: JobPreview[]; notes: string[] }
  /** a job was forgotten */
  forgotten: { job: string }
  /**
   * at the beginning of each stream, and whenever folders came or went or a run changed its state. Where `turn` is another one than
   * before, ask for the list again: something happened, perhaps while no stream was open
   */
  runs: { turn: string }
  /** new lines of the log of a watched run. `reset`: forget what came before, the run was resumed from an earlier step */
  log: { run: string; reset?: true; lines: (StepLine | EpochLine)[]; next: number }
  /** a watched run changed run.json: its status, epochs, best */
  record: { run: string; listed: ListedRun; record?: RunRecord }
  /** the server is going away; it tells before it does */
  goodbye: Record<string, never>
}
