/**
 * What a drawing leaves behind besides its page: files with a name, a type and a content. The command line writes them,
 * a server stores them, a tab offers them for download. How pixels become files is the platform's business.
 */
import { encodeCsv } from '../base/csv.ts'
import { joinedBytes } from '../base/joined.ts'
import type { Picture } from '../base/picture.ts'
import { encodeVectors } from '../embedding/vectors.ts'
import type { Film } from '../figures/film.ts'
import { encodeNpy } from '../weights/npy.ts'
import type { Drawing } from './lens.ts'

export interface Artefact {
  /** a file name with its ending */
  name: string
  /** the media type */
  type: string
  content: string | Uint8Array
}

export interface Encoders {
  png(picture: Picture): Promise<Uint8Array>
  /** an SVG as PNG */
  rasterise(svg: string): Promise<Uint8Array>
  /** as MP4; undefined where the platform cannot */
  film(name: string, film: Film): Promise<Uint8Array | undefined>
}

/** One after another, since films and sheets are large. */
export async function* artefactsOf(
  { pictures, tables = {}, arrays = {}, lists = {}, films = {} }: Drawing,
  { png, rasterise, film: encodeFilm }: Encoders,
): AsyncGenerator<Artefact> {
  for (const [name, picture] of Object.entries(pictures)) {
    const isSvg = typeof picture === 'string'
    if (isSvg) yield { name: `${name}.svg`, type: 'image/svg+xml', content: picture }
    yield {
      name: `${name}.png`,
      type: 'image/png',
      content: isSvg ? await rasterise(picture) : await png(picture),
    }
  }
  for (const [name, table] of Object.entries(tables))
    yield { name: `${name}.arrow`, type: 'application/vnd.apache.arrow.file', content: encodeVectors(table) }
  for (const [name, array] of Object.entries(arrays))
    yield { name: `${name}.npy`, type: 'application/octet-stream', content: joinedBytes(encodeNpy(array)) }
  for (const [name, list] of Object.entries(lists))
    yield { name: `${name}.csv`, type: 'text/csv', content: encodeCsv(list) }
  for (const [name, film] of Object.entries(films)) {
    const content = await encodeFilm(`${name}.mp4`, film)
    if (content) yield { name: `${name}.mp4`, type: 'video/mp4', content }
  }
}
