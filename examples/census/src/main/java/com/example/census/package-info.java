/** Counts pods: an example of a bundle that is not Weir's own. */
package com.example.census;
