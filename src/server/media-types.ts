/** Kinds of files by the endings of their names. */
import { namedLikeImage } from '../data/image-kinds.ts'
import type { FolderEntry } from './api.ts'

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  wasm: 'application/wasm',
  json: 'application/json',
  ndjson: 'text/plain; charset=utf-8',
  map: 'application/json',
  txt: 'text/plain; charset=utf-8',
  log: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  tsv: 'text/tab-separated-values; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  ico: 'image/x-icon',
  mp4: 'video/mp4',
  webm: 'video/webm',
  woff2: 'font/woff2',
  webmanifest: 'application/manifest+json',
  arrow: 'application/vnd.apache.arrow.file',
}

export const endingOf = (name: string): string => /\.([a-z0-9]{1,12})$/i.exec(name)?.[1].toLowerCase() ?? ''

export const mediaType = (name: string): string => types[endingOf(name)] ?? 'application/octet-stream'

/** What a file is to a file picker; undefined for what nothing here opens. */
export function kindNamed(name: string): FolderEntry['kind'] | undefined {
  const ending = endingOf(name)
  if (['onnx', 'pth', 'pt', 'ckpt', 'bin', 'safetensors'].includes(ending)) return 'model'
  if (['arrow', 'npy'].includes(ending)) return 'vectors'
  if (['csv', 'tsv'].includes(ending)) return 'list'
  if (ending === 'json') return 'json'
  if (ending === 'txt') return 'text'
  if (['mp4', 'mov', 'mkv', 'webm', 'avi', 'm4v'].includes(ending)) return 'video'
  return namedLikeImage(name) ? 'image' : undefined
}
