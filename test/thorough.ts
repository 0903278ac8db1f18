/**
 * What `npm test` leaves to the nightly job, because it only repeats a kind of test at a larger scale: deeper networks,
 * larger images, more attempts. `GLASSHOUSE_THOROUGH=1` runs it all; `GLASSHOUSE_FUZZ=N` tries N damaged files per format.
 */
export const thorough = process.env.GLASSHOUSE_THOROUGH === '1'

/**
 * The whole of every kind that `npm test` tries some of, so that the latter stays a matter of minutes: every night, and
 * with `GLASSHOUSE_COMPLETE=1`.
 */
export const complete = thorough || process.env.GLASSHOUSE_COMPLETE === '1'

/** How many random attempts a test makes. */
export const attempts = (usual: number): number =>
  Number(process.env.GLASSHOUSE_FUZZ ?? (thorough ? 10 * usual : usual))
