// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>Why a command is refused: the sense key above 16 bits of ASC and ASCQ (ZBC-2 4.4, SPC-5).</summary>
internal enum ZoneError
{
    None = 0,
    InvalidOperationCode = 0x52000,
    LogicalBlockAddressOutOfRange = 0x52100,
    UnalignedWrite = 0x52104,
    WriteBoundaryViolation = 0x52105,
    AttemptToReadInvalidData = 0x52106,
    ReadBoundaryViolation = 0x52107,
    AttemptToAccessGapZone = 0x52109,
    InvalidFieldInCdb = 0x52400,
    InvalidFieldInParameterList = 0x52600,
    ParameterListLengthError = 0x51A00,
    ZoneIsReadOnly = 0x72708,
    ZoneIsOffline = 0x72C0E,
    ZoneIsInactive = 0x72C12,
    InsufficientZoneResources = 0x7550E,
    InternalTargetFailure = 0x44400,
}

/// <summary>Turns an error into the status of its command.</summary>
internal static class ZoneErrorExtensions
{
    public static IoStatus ToStatus(this ZoneError error) =>
        error == ZoneError.None ? IoStatus.Good : IoStatus.CheckCondition((byte)((int)error >> 16), (int)error & 0xFFFF);
}
