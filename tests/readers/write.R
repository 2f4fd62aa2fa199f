# Writes SAS files with haven: write.R FOLDER. One has every type and more rows than a batch, one is wide, one has no rows.
suppressPackageStartupMessages(library(haven))
suppressWarnings({
  folder <- commandArgs(trailingOnly = TRUE)[1]
  set.seed(1)
  n <- 150000
  gaps <- function(values) { values[sample(n, n / 50)] <- NA; values }
  all <- data.frame(
    id = seq_len(n),
    amount = gaps(round(rnorm(n, 100, 1e4), 4)),
    tiny = gaps(runif(n) * 1e-12),
    huge = gaps(runif(n) * 1e300),
    day = gaps(as.Date("1960-01-01") + sample(-20000:40000, n, TRUE)),
    moment = gaps(as.POSIXct("1960-01-01", tz = "UTC") + sample(2e9, n, TRUE) + runif(n)),
    clock = hms::hms(sample(86399, n, TRUE)),
    name = sample(c("", "Zo\u00eb", "\u65e5\u672c", "a b", "  leading", "x"), n, TRUE),
    text = vapply(sample(0:60, n, TRUE), function(k) strrep("w", k), ""),
    stringsAsFactors = FALSE
  )
  attr(all$amount, "label") <- "Amount in \u20ac"
  write_sas(all, file.path(folder, "haven.sas7bdat"))
  wide <- as.data.frame(matrix(rnorm(300 * 700), 300))
  write_sas(wide, file.path(folder, "haven_wide.sas7bdat"))
  write_sas(all[0, ], file.path(folder, "haven_empty.sas7bdat"))
})
