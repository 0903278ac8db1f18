/** Numbers, times and counts as words. */

/** 12,345. By hand: a browser takes a tenth of a second to load its languages for the first number. */
export const grouped = (count: number): string =>
  String(Math.round(count)).replace(/(?<=\d)(?=(\d{3})+$)/g, ',')

/** Three or four figures that matter, without a tail of noughts. */
export function brief(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '−∞' : '–'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(1).replace('e+', 'e')
  const text = size >= 1000 ? grouped(Math.round(value)) : String(Number(value.toPrecision(4)))
  return text.replace('-', '−')
}

/** A share, such as 0.9931, as 99.3 %. */
export const percent = (share: number): string =>
  Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : '–'

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`

/** 0:08, 12:30, 1:02:03 */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–'
  const whole = Math.round(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (value: number) => String(value).padStart(2, '0')
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

/** How long ago, as one says it. */
export function ago(time: number, now = Date.now()): string {
  const seconds = Math.max(0, (now - time) / 1000)
  if (seconds < 60) return 'just now'
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  const days = Math.floor(seconds / 86_400)
  if (days < 30) return `${counted(days, 'day')} ago`
  return new Date(time).toISOString().slice(0, 10)
}

/** The last part of a path. */
export const baseName = (path: string): string =>
  path
    .replace(/[\\/]+$/, '')
    .split(/[\\/]/)
    .at(-1) ?? path

/** As a heading begins. */
export const capital = (words: string): string => words.slice(0, 1).toUpperCase() + words.slice(1)

/** A key such as `weightDecay` as one reads it. */
export const spaced = (key: string): string => key.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()

/** A moment, as other programs read it. */
export const timeCell = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? '' : new Date(milliseconds).toISOString()
