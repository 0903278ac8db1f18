/** How often a unit is tried, and how much is kept of what it says, whoever carries it out. */

/** A unit that fails is tried as often, after 1, 2, 4 and 8 seconds, and then set aside. */
export const mostTries = 5

/** A unit whose workers die as often without a word is set aside: it may be what kills them. */
export const mostDeaths = 20

/** Lines of one unit that are kept. */
export const mostLogLines = 500
