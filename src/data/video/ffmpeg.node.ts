/**
 * Video by the system's ffmpeg: what is in a file, and its frames one after the other. Frames stream through a pipe, so
 * the length of a video does not matter. ffmpeg turns rotated video upright by itself.
 */
import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { z } from 'zod'
import { GlasshouseError } from '../../base/errors.ts'
import { createWork, type Work } from '../../base/work.ts'

export interface Video {
  path: string
  /** in pixels, upright and with square pixels */
  width: number
  height: number
  /** frames per second, as a fraction that ffmpeg understands, such as 30000/1001; the mean where the rate varies */
  rate: string
  /** the same as a number */
  fps: number
  /** in seconds, as far as the file says */
  seconds?: number
  /** tracks of sound */
  sounds: number
}

const stream = z.looseObject({
  codec_type: z.string().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  avg_frame_rate: z.string().optional(),
  r_frame_rate: z.string().optional(),
  sample_aspect_ratio: z.string().optional(),
  duration: z.string().optional(),
  disposition: z.looseObject({ attached_pic: z.number().optional() }).optional(),
  tags: z.looseObject({ rotate: z.string().optional() }).optional(),
  side_data_list: z.array(z.looseObject({ rotation: z.number().optional() })).optional(),
})
const described = z.looseObject({
  streams: z.array(stream).default([]),
  format: z.looseObject({ duration: z.string().optional() }).optional(),
})

/** Frames a second beyond which a rate is a clock, not a rate of frames. */
const fastest = 240

/** What a file holds. @throws GlasshouseError 'video-unreadable', 'ffmpeg-missing', 'file-missing' */
export async function describeVideo(path: string, work: Work = createWork()): Promise<Video> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new GlasshouseError({
      code: 'file-missing',
      what: 'there is no such video file',
      where: path,
      hint: 'Check the spelling of the path',
    })
  const chunks: Uint8Array[] = []
  for await (const chunk of output(
    'ffprobe',
    ['-v', 'error', '-show_streams', '-show_format', '-of', 'json', fileUrl(path)],
    path,
    work,
  ))
    chunks.push(chunk)
  const { streams, format } = described.parse(JSON.parse(Buffer.concat(chunks).toString() || '{}'))
  const own = streams.find(
    each => each.codec_type === 'video' && each.disposition?.attached_pic !== 1 && (each.width ?? 0) > 0,
  )
  if (!own) throw unreadable(path, 'there are no moving images in it')
  const turned =
    own.side_data_list?.find(({ rotation }) => rotation !== undefined)?.rotation ??
    Number(own.tags?.rotate ?? 0)
  const aspect = fractionOf(own.sample_aspect_ratio?.replace(':', '/')) || 1
  const [across, down] = [Math.round(own.width! * aspect), own.height!]
  const isOnSide = Math.abs(Math.round(turned / 90)) % 2 === 1
  const rates = [own.avg_frame_rate, own.r_frame_rate].filter(
    rate => fractionOf(rate) > 0 && fractionOf(rate) <= fastest,
  )
  const rate = rates[0] ?? '25/1'
  const seconds = Number(own.duration ?? format?.duration)
  return {
    path,
    width: isOnSide ? down : across,
    height: isOnSide ? across : down,
    rate,
    fps: fractionOf(rate),
    ...(Number.isFinite(seconds) && seconds > 0 && { seconds }),
    sounds: streams.filter(each => each.codec_type === 'audio').length,
  }
}

function fractionOf(text = ''): number {
  const [above, below = 1] = text.split('/').map(Number)
  return below > 0 && Number.isFinite(above / below) ? above / below : 0
}

export interface FrameRequest {
  /** a graph of filters from [in], the upright video with square pixels, to [out] */
  filters: string
  /** of what comes out */
  width: number
  height: number
  /** 1: grey, 3: red, green, blue */
  channels: 1 | 3
  /** seconds from which on */
  from?: number
  /** how many frames at most */
  most?: number
  work?: Work
}

/** Frames as they are decoded, row-major, 8 bits; each is valid until the next. */
export async function* framesOf(
  { path, width: across, height: down }: Video,
  { filters, width, height, channels, from, most, work = createWork() }: FrameRequest,
): AsyncGenerator<Uint8Array> {
  const length = width * height * channels
  const frame = new Uint8Array(length)
  const words = [
    ...['-v', 'error', '-nostdin'],
    ...(from ? ['-ss', from.toFixed(3)] : []),
    ...['-i', fileUrl(path)],
    ...['-filter_complex', `[0:v:0]scale=${across}:${down},setsar=1[in];${filters}`, '-map', '[out]'],
    ...(most === undefined ? [] : ['-frames:v', String(most)]),
    ...['-f', 'rawvideo', '-pix_fmt', channels === 1 ? 'gray' : 'rgb24', '-'],
  ]
  let filled = 0
  for await (const chunk of output('ffmpeg', words, path, work)) {
    let at = 0
    while (at < chunk.length) {
      const count = Math.min(length - filled, chunk.length - at)
      frame.set(chunk.subarray(at, at + count), filled)
      at += count
      filled += count
      if (filled === length) {
        yield frame
        filled = 0
      }
    }
  }
}

/** Samples of all tracks of sound, each made mono: for each moment one 32-bit number of every track, in pieces. */
export async function* soundOf(
  { path, sounds }: Video,
  samplesPerSecond: number,
  work: Work = createWork(),
): AsyncGenerator<Float32Array> {
  const tracks = Array.from({ length: sounds }, (_, track) => track)
  const mono = tracks.map(
    track =>
      `[0:a:${track}]aformat=sample_fmts=flt:sample_rates=${samplesPerSecond}:channel_layouts=mono[a${track}]`,
  )
  const all = tracks.map(track => `[a${track}]`).join('')
  const filters = [...mono, sounds > 1 ? `${all}amerge=inputs=${sounds}[out]` : `${all}anull[out]`].join(';')
  const words = ['-v', 'error', '-nostdin', '-i', fileUrl(path), '-filter_complex', filters, '-map', '[out]']
  let rest: Uint8Array = new Uint8Array()
  for await (const chunk of output('ffmpeg', [...words, '-f', 'f32le', '-'], path, work)) {
    const bytes = Buffer.concat([rest, chunk])
    const whole = bytes.length - (bytes.length % (4 * sounds))
    yield new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + whole))
    rest = bytes.subarray(whole)
  }
}

/** What a program writes to its standard output. It is ended when the reader leaves or the work is stopped. */
async function* output(
  program: string,
  words: readonly string[],
  path: string,
  { signal }: Work,
): AsyncGenerator<Buffer> {
  signal.throwIfAborted()
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', text => {
    if (complaint.length < 10_000) complaint += text
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  ended.catch(() => {})
  const stop = () => child.kill('SIGKILL')
  signal.addEventListener('abort', stop)
  let bytes = 0
  try {
    for await (const chunk of child.stdout) {
      bytes += chunk.length
      yield chunk
    }
    const code = await ended
    signal.throwIfAborted()
    // A video that breaks off gives what comes before.
    if (code !== 0 && bytes === 0)
      throw unreadable(
        path,
        complaint.trim().split('\n').at(-1)?.replace(fileUrl(path), '') || 'ffmpeg does not say why',
      )
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    throw code === 'ENOENT' && syscall?.startsWith('spawn') ? missing(program, path) : error
  } finally {
    signal.removeEventListener('abort', stop)
    child.kill('SIGKILL')
  }
}

/** A name that ffmpeg takes for nothing but a file, whatever it begins with. */
const fileUrl = (path: string): string => `file:${path}`

export const unreadable = (path: string, why: string): GlasshouseError =>
  new GlasshouseError({
    code: 'video-unreadable',
    what: `this video cannot be read: ${why.replace(/^[\s:]+/, '')}`,
    where: path,
    hint: 'Check that it plays elsewhere, or write it again with ffmpeg -i IN OUT.mp4',
  })

const missing = (program: string, where: string): GlasshouseError =>
  new GlasshouseError({
    code: 'ffmpeg-missing',
    what: `video is read by ${program}, which is not installed`,
    where,
    hint: 'Install ffmpeg (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg) and run the same command again',
    fault: 'machine',
  })
