/**
 * What is left to the nightly job, because it only repeats a kind of test at a larger scale: deeper networks,
 * larger images, more attempts. `GLASSHOUSE_THOROUGH=1` runs it all; `GLASSHOUSE_FUZZ=N` tries N damaged files per format.
 */
export const thorough = process.env.GLASSHOUSE_THOROUGH === '1'

/** The whole of every kind that continuous integration tries some of: every night, and with `GLASSHOUSE_COMPLETE=1`. */
export const complete = thorough || process.env.GLASSHOUSE_COMPLETE === '1'

/**
 * What `npm test` leaves to continuous integration (`CI=true`, and `GLASSHOUSE_GATE=1` in `.ci/run`), so that it stays a matter of
 * minutes: long plays of what a shorter test of its kind plays too, real servers, kills at random moments, every page's
 * accessibility.
 */
export const gate = complete || process.env.CI === 'true' || process.env.GLASSHOUSE_GATE === '1'

/** How many random attempts a test makes. */
export const attempts = (usual: number): number =>
  Number(process.env.GLASSHOUSE_FUZZ ?? (thorough ? 10 * usual : usual))
