#!/usr/bin/env bash
# The AWS CLI, as a user would use it, against `landfall redshift` and `landfall local`.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

aws="$("$root/scripts/venv.sh")/bin/aws"
build cli
export LC_ALL=C.UTF-8 # keys may hold any character

# Waits until a statement has ended: ended <id> <option>...; prints its status.
ended() {
  local id=$1 status=
  shift
  until [[ $status =~ ^(FINISHED|FAILED|ABORTED)$ ]]; do
    status=$("$aws" redshift-data describe-statement --id "$id" --query Status --output text "$@")
  done
  echo "$status"
}

# Starts one statement: execute <sql> <option>...; prints its id.
execute() {
  local sql=$1
  shift
  "$aws" redshift-data execute-statement --workgroup-name local --database dev --sql "$sql" --query Id --output text "$@"
}

# The first value of one statement's result: value <sql> <option>...
value() {
  local id
  id=$(execute "$@")
  shift
  ended "$id" "$@" > /dev/null
  "$aws" redshift-data get-statement-result --id "$id" --query 'Records[0][0].*|[0]' --output text "$@"
}

# A command that must fail; prints its output.
refused() {
  if "$@" 2>&1; then echo "(it did not fail)"; fi
}

echo "redshift-local through --endpoint-url"
start redshift "$bin/landfall" redshift --port 0
await "$work/redshift.out" 'AWS_ENDPOINT_URL_REDSHIFT_DATA=' "$pid"
server=$pid
url=$(sed -n 's/.*AWS_ENDPOINT_URL_REDSHIFT_DATA=//p' "$work/redshift.out")
there=(--endpoint-url "$url")
target=(--workgroup-name local --database dev)

equal "execute-statement, describe-statement, get-statement-result" 42 "$(value 'select 6 * 7' "${there[@]}")"

id=$("$aws" redshift-data execute-statement "${target[@]}" "${there[@]}" --query Id --output text \
  --sql 'select cast(:n as integer) as n, cast(:t as varchar(20)) as t' --statement-name clients/aws-cli \
  --parameters 'name=n,value=7' 'name=t,value=Zürich')
equal "the statement with parameters ends" FINISHED "$(ended "$id" "${there[@]}")"
equal "its values" $'7\tZürich' \
  "$("$aws" redshift-data get-statement-result --id "$id" "${there[@]}" --query 'Records[0][].[longValue, stringValue][]|[?@]' --output text)"
equal "its columns" $'n\tint4\nt\tvarchar' \
  "$("$aws" redshift-data get-statement-result --id "$id" "${there[@]}" --query 'ColumnMetadata[].[name, typeName]' --output text)"
equal "it is listed by its name" "$id" \
  "$("$aws" redshift-data list-statements --statement-name clients/ "${there[@]}" --query 'Statements[].Id' --output text)"

equal "a statement without a result" FINISHED "$(ended "$(execute 'create table orders (n integer)' "${there[@]}")" "${there[@]}")"
id=$("$aws" redshift-data batch-execute-statement "${target[@]}" "${there[@]}" --query Id --output text \
  --sqls 'insert into orders values (1)' "select cast('x' as integer)" 'insert into orders values (2)')
equal "a batch with an error in the middle fails" FAILED "$(ended "$id" "${there[@]}")"
equal "the status of each of its statements" $'FINISHED\tFAILED\tABORTED' \
  "$("$aws" redshift-data describe-statement --id "$id" "${there[@]}" --query 'SubStatements[].Status' --output text)"
contains "what is wrong with the second" "Invalid digit, Value 'x'" \
  "$("$aws" redshift-data describe-statement --id "$id" "${there[@]}" --query 'SubStatements[1].Error' --output text)"
equal "nothing of it remains" 0 "$(value 'select count(*) from orders' "${there[@]}")"
equal "list-tables" orders \
  "$("$aws" redshift-data list-tables "${target[@]}" "${there[@]}" --table-pattern 'ord%' --query 'Tables[].name' --output text)"
equal "describe-table" $'n\tint4' \
  "$("$aws" redshift-data describe-table "${target[@]}" "${there[@]}" --table orders --query 'ColumnList[].[name, typeName]' --output text)"
contains "a refusal has its modelled class" "(ValidationException)" \
  "$(refused "$aws" redshift-data execute-statement --database dev --sql 'select 1' "${there[@]}")"
stop "$server"

echo
echo "landfall local through the variables that it prints"
(cd "$root" && "$bin/landfall" sample flights --rows 10 --out "$work/files" > /dev/null)
start local "$bin/landfall" local --pipelines "$root/pipelines" --state "$work/state" --folder "$work/inbox" \
  --s3-port 0 --redshift-port 0 --events-port 0 --kinesis-port 0 --glue-port 0 --collector-port 0
await "$work/local.out" 'stands for the landing bucket' "$pid"
# Exactly what a person would copy.
eval "$(grep -e '^ *export AWS_' "$work/local.out")"
equal "both endpoints are printed" "http http" "${AWS_ENDPOINT_URL_S3%%:*} ${AWS_ENDPOINT_URL_REDSHIFT_DATA%%:*}"

"$aws" s3 cp --only-show-errors "$work/files/flights/airlines.json" s3://landing/flights/airlines.json
await "$work/local.out" '^loaded .*flights/airlines.json' "$pid"
equal "the uploaded airlines are loaded" 14 "$(value 'select count(*) from flights.airlines')"
contains "aws s3 ls" "airlines.json" "$("$aws" s3 ls s3://landing/flights/)"
contains "aws s3 ls of the buckets" "landing" "$("$aws" s3 ls)"

refusal=$(refused "$aws" s3 cp "$work/files/flights/airports.csv" s3://landing/flights/unknown.csv)
contains "a key that no dataset takes is refused" "no dataset takes this key" "$refusal"

key='übung/été+1 %20 東京.txt'
echo 'Grüße' > "$work/text"
"$aws" s3 cp --only-show-errors "$work/text" "s3://lake/$key"
contains "a key that is not ASCII is listed" "été+1 %20 東京.txt" "$("$aws" s3 ls "s3://lake/übung/")"
equal "and its object is read" 'Grüße' "$("$aws" s3 cp "s3://lake/$key" -)"
head -c 20000000 /dev/zero > "$work/large"
"$aws" s3 cp --only-show-errors "$work/large" s3://lake/large
equal "an object in parts has its size" 20000000 "$("$aws" s3api head-object --bucket lake --key large --query ContentLength --output text)"
"$aws" s3 rm --only-show-errors s3://lake/large
contains "what is removed is not there" "404" "$(refused "$aws" s3api head-object --bucket lake --key large)"

finish
