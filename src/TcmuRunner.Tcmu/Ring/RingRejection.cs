// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;

namespace TcmuRunner.Tcmu.Ring;

/// <summary>Sense data for commands whose ring entry is invalid, so that they are answered without being executed.</summary>
internal static class RingRejection
{
    /// <summary>The entry contradicts itself: HARDWARE ERROR / INTERNAL TARGET FAILURE, as the initiator is not to blame.</summary>
    internal static readonly byte[] InvalidEntry = Build(SenseKey.HardwareError, AdditionalSenseCode.InternalTargetFailure);

    /// <summary>The CDB is longer than what came of it: ILLEGAL REQUEST / INVALID FIELD IN CDB.</summary>
    internal static readonly byte[] InvalidCdb = Build(SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInCdb);

    // Fixed format, current error (SPC-5 4.4.3).
    private static byte[] Build(SenseKey key, AdditionalSenseCode code)
    {
        var sense = new byte[CommandResponse.SenseBytes];
        sense[0] = 0x70;
        sense[2] = (byte)key;
        sense[7] = 10;
        sense[12] = (byte)((ushort)code >> 8);
        sense[13] = (byte)code;
        return sense;
    }
}
