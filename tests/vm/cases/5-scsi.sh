# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Every SCSI command, by sg3-utils: the good forms and the sense of the bad ones.

# fill FILE COUNT OCTAL: COUNT equal bytes.
fill() { head -c "$2" /dev/zero | tr '\0' "$3" >"$1"; }
# hex_file FILE HEX: the bytes that the digits name, without needing xxd.
hex_file() { local hex=$2 escaped=''; while [[ -n $hex ]]; do escaped+="\\x${hex:0:2}"; hex=${hex:2}; done; printf '%b' "$escaped" >"$1"; }

# Sets OPTIONS to those of sg_raw for the data column of the table.
set_data_options() {
  local size=${1:1} file=$CASE_DIR/$1
  case $1 in
    -) OPTIONS=(); return ;;
    r*) OPTIONS=(-r "$size" -o "$CASE_DIR/in.bin"); return ;;
    z*) [[ -e $file ]] || fill "$file" "$size" '\0' ;;
    f*) [[ -e $file ]] || fill "$file" "$size" '\377' ;;
    x*) hex_file "$file" "$size"; size=$((${#size} / 2)) ;;
  esac
  OPTIONS=(-s "$size" -i "$file")
}

declare_case cdb_table 240
case_cdb_table() {
  local disk row name data cdb answers want line differ=0 rows=0 got offset hex
  start_daemon
  # READ (6) can move 256 blocks, more than the 128 that a device offers by default.
  disk=$(disk cdbs $((16 * MIB)) hw_max_sectors=1024)
  while IFS= read -r row; do
    [[ $row == *'|'* && $row != '#'* ]] || continue
    # Blanks around the bars are layout.
    while [[ $row == *' |'* ]]; do row=${row// |/|}; done
    IFS='|' read -r name data cdb answers want <<<"${row//| /|}"
    read -r data <<<"$data"
    set_data_options "$data"
    # The CDB is a list of words.
    scsi_answer "${OPTIONS[@]}" "$disk" $cdb
    line=''
    [[ ", $answers," == *", $ANSWER,"* ]] || line="$name: expected $answers, got $ANSWER"
    if [[ -z $line && -n $want && $ANSWER == good ]]; then
      offset=${want%%=*} hex=${want#*=}
      got=$(od -An -v -tx1 -j "$offset" -N $((${#hex} / 2)) "$CASE_DIR/in.bin" | tr -d ' \n')
      [[ $got == "$hex" ]] || line="$name: byte $offset: expected $hex, got $got"
    fi
    ((rows += 1))
    [[ -z $line ]] || { note "$line"; ((differ += 1)); }
  done <cases/cdbs.table
  note "$rows commands, $differ with another answer"
  ((differ == 0)) || [[ $DAEMON == c ]] || fail "$differ of $rows commands have another answer than expected"
}

# expect COMMAND...: it succeeds; said PATTERN: and its output has this.
expect() { within 30 "$@" >"$CASE_DIR/said" 2>&1 || fail "$*: status $?: $(tail -1 "$CASE_DIR/said")"; }
said() { grep -Eq -- "$1" "$CASE_DIR/said" || fail "no /$1/ in: $(head -c 300 "$CASE_DIR/said" | tr '\n' ';')"; }

# The tools as an administrator would use them, on a disk with blocks of SIZE bytes.
sg3_tools() {
  local size=$1 disk blocks=$((16 * MIB / $1)) cdb mode
  start_daemon
  disk=$(disk "tools$size" $((16 * MIB)) hw_block_size="$size" hw_max_sectors=$((MIB / size)))
  expect sg_inq "$disk"; said 'LIO-ORG'
  expect sg_vpd "$disk"
  for page in 0x80 0x83 0xb0 0xb1 0xb2; do expect sg_vpd -p $page "$disk"; done
  expect sg_vpd -p di "$disk"; said "0x6001405"
  expect sg_vpd -p sn "$disk"; said "tools$size"
  expect sg_readcap "$disk"; said "block length=$size"
  expect sg_readcap --16 "$disk"; said "$blocks"
  expect sg_turs "$disk"
  expect sg_requests "$disk"
  expect sg_modes -a "$disk"; said 'Caching'
  expect sg_modes -6 -p 8 "$disk"
  expect sg_modes -p 0xa "$disk"
  expect sg_start --start "$disk"
  expect sg_luns "$disk"
  head -c $((64 * size)) /dev/urandom >"$CASE_DIR/data"
  for cdb in 6 10 12 16; do
    for mode in '' fua; do
      [[ $cdb-$mode != 6-fua ]] || continue
      expect sg_dd if="$CASE_DIR/data" of="$disk" bs="$size" seek=$((cdb * 8)) count=64 bpt=16 cdbsz=$cdb blk_sgio=1 ${mode:+oflag=$mode}
      expect sg_dd if="$disk" of="$CASE_DIR/back" bs="$size" skip=$((cdb * 8)) count=64 bpt=16 cdbsz=$cdb blk_sgio=1 ${mode:+iflag=$mode}
      cmp "$CASE_DIR/data" "$CASE_DIR/back" || fail "sg_dd with CDBs of $cdb bytes $mode read something else"
    done
  done
  head -c $((8 * size)) "$CASE_DIR/data" >"$CASE_DIR/part"
  expect sg_write_verify --lba=1024 --num=8 --ilen=$((8 * size)) --in="$CASE_DIR/part" "$disk"
  expect sg_write_verify --16 --lba=1032 --num=8 --ilen=$((8 * size)) --in="$CASE_DIR/part" "$disk"
  expect sg_verify --lba=1024 --count=16 "$disk"
  expect sg_verify --16 --lba=1024 --count=16 "$disk"
  expect sg_verify --lba=1024 --count=8 --ebytchk=1 --ndo=$((8 * size)) --in="$CASE_DIR/part" "$disk"
  expect sg_sync "$disk"
  expect sg_sync --16 "$disk"
  fill "$CASE_DIR/ones" "$size" '\377'
  expect sg_write_same --10 --lba=1100 --num=50 --in="$CASE_DIR/ones" --xferlen="$size" "$disk"
  expect sg_dd if="$disk" of="$CASE_DIR/back" bs="$size" skip=1149 count=1 blk_sgio=1
  cmp -n "$size" "$CASE_DIR/ones" "$CASE_DIR/back" || fail 'write same wrote something else'
  expect sg_write_same --16 --unmap --lba=1100 --num=50 --xferlen="$size" "$disk"
  expect sg_write_same --16 --ndob --lba=1100 --num=50 "$disk"
  expect sg_unmap --lba=1024 --num=16 "$disk"
  expect sg_dd if="$disk" of="$CASE_DIR/back" bs="$size" skip=1039 count=1 blk_sgio=1
  cmp -n "$size" "$CASE_DIR/back" /dev/zero || fail 'unmapped blocks are not zero'
  fill "$CASE_DIR/caw" $((2 * size)) '\0'
  expect sg_compare_and_write --lba=1039 --num=1 --in="$CASE_DIR/caw" --xferlen=$((2 * size)) "$disk"
  fill "$CASE_DIR/caw" $((2 * size)) '\377'
  if within 30 sg_compare_and_write --lba=1039 --num=1 --in="$CASE_DIR/caw" --xferlen=$((2 * size)) "$disk" >"$CASE_DIR/said" 2>&1; then
    fail 'compare and write of other bytes succeeded'
  elif [[ $? != 14 ]]; then
    fail "compare and write of other bytes is no miscompare: $(tail -1 "$CASE_DIR/said")"
  fi
  expect sg_opcodes "$disk"; said 'Compare and write'
  expect sg_opcodes --opcode=0x28 "$disk"
  expect sg_opcodes --tmf "$disk"
}
declare_case sg3_tools_512 120
case_sg3_tools_512() { needs_ours 'has few of these commands'; sg3_tools 512; }
declare_case sg3_tools_4096 120
case_sg3_tools_4096() { needs_ours 'takes 512-byte blocks only in its qcow handler'; sg3_tools 4096; }

# A mode page goes through MODE SELECT unchanged; a change of what cannot change is refused.
declare_case mode_select 45
case_mode_select() {
  needs_ours 'reads the page from the CDB'
  local disk page
  start_daemon
  disk=$(disk mode $((16 * MIB)))
  expect sg_raw -r 255 -o "$CASE_DIR/caching" "$disk" 1a 08 08 00 ff 00
  page=$(od -An -v -tx1 -j 4 -N 20 "$CASE_DIR/caching" | tr -d '\n')
  # Without spaces in front, two digits each, as sg_wr_mode wants.
  expect sg_wr_mode -6 -p 8 -c "${page# }" "$disk"
  read -ra page <<<"$page"
  page[3]=ff
  local joined
  joined=$(IFS=,; echo "${page[*]}")
  if within 20 sg_wr_mode -6 -p 8 -c "$joined" "$disk" >"$CASE_DIR/said" 2>&1; then fail 'a change of a fixed field was taken'; fi
  expect sg_raw -r 255 -o "$CASE_DIR/after" "$disk" 1a 08 08 00 ff 00
  cmp "$CASE_DIR/caching" "$CASE_DIR/after" || fail 'a refused MODE SELECT changed the page'
}

# Target port groups come from configfs.
declare_case target_port_groups 45
case_target_port_groups() {
  needs_ours 'needs an enable file that tcm_loop has not'
  local disk group
  start_daemon
  disk=$(disk ports $((16 * MIB)))
  group=$(device_path ports)/alua/paths
  mkdir "$group"
  echo 7 >"$group/tg_pt_gp_id"
  echo 3 >"$group/alua_access_type"
  echo paths >"$LOOPBACK/$(wwn_of ports)/tpgt_1/lun/lun_0/alua_tg_pt_gp"
  # The kernel tells of the change of group with a unit attention.
  within 20 sg_turs "$disk" >"$CASE_DIR/said" 2>&1 || true
  expect sg_rtpg "$disk"; said 'target port group id : 0x7|target port group id: 0x7'
  expect sg_rtpg -d "$disk"
  expect sg_stpg --optimized --tp=7 "$disk"
  printf '\0\0\0\0\0\0\0\143' >"$CASE_DIR/unknown"
  expect_sense '5 26/00' "$disk" -s 8 -i "$CASE_DIR/unknown" a4 0a 00 00 00 00 00 00 00 08 00 00
  read_direct "$disk"
  echo default_tg_pt_gp >"$LOOPBACK/$(wwn_of ports)/tpgt_1/lun/lun_0/alua_tg_pt_gp"
  rmdir "$group"
}
