/** What a camera or a program does to an image, by name; `process.node.ts` does it. */

export const processes = ['none', 'jpeg', 'demosaic', 'both', 'resize'] as const

/** `both`: demosaiced, then stored as JPEG, as in a camera. `resize`: to three quarters and back. */
export type Process = (typeof processes)[number]

/** For people. */
export const processNames: Readonly<Record<Process, string>> = {
  none: 'nothing',
  jpeg: 'JPEG',
  demosaic: 'demosaicing',
  both: 'both',
  resize: 'resizing',
}

export const subsamplings = ['4:2:0', '4:4:4'] as const

export interface JpegSettings {
  /** 1 to 100 */
  quality: number
  /** 4:2:0 halves the resolution of colour, so that blocks are 16 pixels wide; with 4:4:4 they are 8 */
  subsampling: (typeof subsamplings)[number]
}

/** As in the experiments of Lin et al., "Visual Chirality" (CVPR 2020). */
export const usualJpeg: JpegSettings = { quality: 25, subsampling: '4:2:0' }
