"""Results of many runs: statistics, leaderboard, comparison, reports."""
