# Numbers of test_independent.py, by base functions of R alone: Rscript independent.R (R 4.2.2)
options(digits = 9)

# 1 Omega hierarchical of the nine tests of Holzinger & Swineford 1939 (covariances of 301 children):
# minimum residuals by optim over the unique variances, quartimin by optim over the turning matrix
# from ten random starts, a general factor of three group factors in closed form
covariances <- "1.362898
0.408729 1.386390
0.581832 0.452567 1.279114
0.506518 0.209620 0.208864 1.355167
0.442084 0.211795 0.112671 1.101412 1.665318
0.456324 0.248370 0.244923 0.898501 1.017906 1.200346
0.085048 -0.097074 0.088636 0.220475 0.143476 0.144559 1.187083
0.264717 0.110025 0.213030 0.126012 0.181207 0.165982 0.537029 1.025389
0.459866 0.244823 0.375099 0.244174 0.296225 0.236784 0.374542 0.458841 1.018387"
S <- matrix(0, 9, 9)
S[upper.tri(S, TRUE)] <- scan(text = covariances, quiet = TRUE)
R <- cov2cor(S + t(S) - diag(diag(S)))

load <- function(u) {
  e <- eigen(R - diag(u), symmetric = TRUE)
  e$vectors[, 1:3] %*% diag(sqrt(pmax(e$values[1:3], 0)))
}
residual <- function(u) { r <- R - tcrossprod(load(u)); sum(r[lower.tri(r)]^2) }
u <- rep(0.5, 9)
for (step in c(1e-5, 1e-6)) u <- optim(u, residual, method = "L-BFGS-B", lower = 0.005, upper = 1,
  control = list(maxit = 10000, factr = 1, pgtol = 0, ndeps = rep(step, 9)))$par
L <- load(u)
turned <- function(t) {
  turn <- matrix(t, 3); turn <- sweep(turn, 2, sqrt(colSums(turn^2)), "/")
  list(pattern = L %*% t(solve(turn)), between = crossprod(turn))
}
quartimin <- function(t) { p <- turned(t)$pattern^2; (sum(rowSums(p)^2) - sum(p^2)) / 4 }
set.seed(1); best <- list(value = Inf)
for (i in 1:10) {
  t <- as.vector(qr.Q(qr(matrix(rnorm(9), 3))))
  for (j in 1:2) { found <- optim(t, quartimin, method = "BFGS",
    control = list(maxit = 5000, reltol = 1e-16)); t <- found$par }
  if (found$value < best$value) best <- found
}
sign <- sign(colSums(turned(best$par)$pattern))
P <- sweep(turned(best$par)$pattern, 2, sign, "*")
B <- turned(best$par)$between * outer(sign, sign)
second <- sqrt(c(B[1, 2] * B[1, 3] / B[2, 3], B[1, 2] * B[2, 3] / B[1, 3], B[1, 3] * B[2, 3] / B[1, 2]))
general <- as.vector(P %*% second)
cat("omega_hierarchical", sum(general)^2 / sum(R), "omega_total", 1 - sum(1 - rowSums(L^2)) / sum(R), "\n")
cat("general", general, "\nsecond", sort(second), "\n")

# 2 Two levels by maximum likelihood: the normal density of each person's whole vector of answers,
# without sufficient statistics, means and all, climbed by optim with numerical slopes
sheets <- "1 6786 1 3442 1 7655 1 3665 2 8657 2 8668 3 6567 3 6557 4 3784 4 8877 5 3373 5 6463 6 3663
6 3552 6 6876 6 7653 7 9989 7 7767 7 6566 7 6879 8 7667 8 4643 8 6676 9 3626 9 7547 10 5465
10 8657 11 4557 11 4425 12 8665 12 6667 12 7879 13 6545 13 6455 13 7544 14 7766 14 5546
14 6545 15 8667 15 7675 16 5546 16 2413 17 8665 17 7554 17 8665 17 7544 18 4564 18 5755
18 4474 18 5574 19 7745 19 6766 20 4566 20 5546 21 6887 21 4355 21 5746 22 0012 22 1223
22 1313 23 5676 23 7887 23 5877 23 5767 24 4443 24 3435 24 1323 25 1423 25 3423 25 4533
26 3355 26 5478 26 5567 27 4756 27 6556 27 5664 28 4445 28 4576 28 2145 29 2233 29 3334
30 4557 30 9657 30 5665 30 4656"
cells <- matrix(scan(text = sheets, what = "", quiet = TRUE), ncol = 2, byrow = TRUE)
Y <- lapply(split(cells[, 2], as.integer(cells[, 1])),
  function(x) do.call(rbind, lapply(strsplit(x, ""), as.numeric)))
deviance <- function(mean, within, between) sum(sapply(Y, function(y) {
  n <- nrow(y); V <- kronecker(diag(n), within) + kronecker(matrix(1, n, n), between)
  root <- tryCatch(chol(V), error = function(e) NULL)
  if (is.null(root)) return(1e10)
  z <- backsolve(root, as.vector(t(y)) - rep(mean, n), transpose = TRUE)
  2 * sum(log(diag(root))) + sum(z^2)
}))
factors <- function(p) deviance(p[1:4], tcrossprod(p[5:8]) + diag(p[9:12]),
  tcrossprod(p[13:16]) + diag(p[17:20]))
climb <- function(f, p) { for (i in 1:2) { found <- optim(p, f, method = "BFGS",
  control = list(maxit = 200, reltol = 1e-13, ndeps = rep(1e-4, length(p)))); p <- found$par }; found }
one <- climb(factors, c(rep(5, 4), rep(0.7, 4), rep(0.8, 4), rep(1.2, 4), rep(0.4, 4)))
n <- sapply(Y, nrow); h <- length(n) / sum(1 / n)
W <- sum(one$par[5:8])^2; A <- sum(one$par[13:16])^2
omegas <- function(w, b) c(W / w, A / b, (W + A) / (w + b), A / (b + w / h), b / (b + w / h))
cat("deviance", one$value, "\n")
cat("model", omegas(W + sum(one$par[9:12]), A + sum(one$par[17:20])), "\n")
