"""The one codec of the data contract: a company's folder of CSV or Parquet files, read, checked and written."""
