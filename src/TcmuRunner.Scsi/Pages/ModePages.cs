// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>The mode pages of the disk (SPC-5 7.5, SBC-4 6.5).</summary>
internal static class ModePages
{
    public const byte ErrorRecovery = 0x01;
    public const byte Caching = 0x08;
    public const byte Control = 0x0A;
    public const byte All = 0x3F;
    public const byte AllSubpages = 0xFF;

    /// <summary>WCE, in byte 2 of the caching page.</summary>
    public const byte WriteCacheEnable = 0x04;

    /// <summary>Byte 2 of the caching page.</summary>
    public const int WriteCacheOffset = 2;

    /// <summary>SWP, in byte 4 of the control page.</summary>
    public const byte SoftwareWriteProtect = 0x08;

    /// <summary>Byte 4 of the control page.</summary>
    public const int SoftwareWriteProtectOffset = 4;

    /// <summary>Longest page in bytes.</summary>
    public const int LongestPage = 20;

    /// <summary>The pages in the order in which "all pages" returns them.</summary>
    public static ReadOnlySpan<byte> Codes => [ErrorRecovery, Caching, Control];

    /// <summary>Writes a page.</summary>
    /// <param name="destination">At least <see cref="LongestPage"/> bytes.</param>
    /// <param name="pageCode">One of <see cref="Codes"/>.</param>
    /// <param name="writeCache">WCE.</param>
    /// <param name="isWriteProtected">SWP.</param>
    /// <returns>The page's length in bytes, 0 for an unknown one.</returns>
    public static int Write(Span<byte> destination, byte pageCode, bool writeCache, bool isWriteProtected)
    {
        int length = LengthOf(pageCode);
        if (length == 0)
        {
            return 0;
        }

        destination[..length].Clear();
        destination[0] = pageCode;
        destination[1] = (byte)(length - 2);
        switch (pageCode)
        {
            case Caching:
                destination[WriteCacheOffset] = writeCache ? WriteCacheEnable : (byte)0;
                break;
            case Control:
                destination[2] = 0x02; // GLTSD: log parameters are not saved
                destination[3] = 0x10; // QUEUE ALGORITHM MODIFIER: unrestricted reordering
                destination[SoftwareWriteProtectOffset] = isWriteProtected ? SoftwareWriteProtect : (byte)0;
                destination[5] = 0x40; // TAS: an aborted command ends with TASK ABORTED
                destination[8] = 0xFF; // BUSY TIMEOUT PERIOD: unlimited
                destination[9] = 0xFF;
                break;
        }

        return length;
    }

    /// <summary>Writes which bits of a page can be changed: ones; the rest is zero.</summary>
    /// <returns>The page's length in bytes, 0 for an unknown one.</returns>
    public static int WriteChangeable(Span<byte> destination, byte pageCode, bool canSwitchCache)
    {
        int length = LengthOf(pageCode);
        if (length != 0)
        {
            destination[..length].Clear();
            destination[0] = pageCode;
            destination[1] = (byte)(length - 2);
            if (pageCode == Caching && canSwitchCache)
            {
                destination[WriteCacheOffset] = WriteCacheEnable;
            }

            if (pageCode == Control)
            {
                destination[SoftwareWriteProtectOffset] = SoftwareWriteProtect;
            }
        }

        return length;
    }

    private static int LengthOf(byte pageCode) => pageCode switch
    {
        ErrorRecovery or Control => 12,
        Caching => 20,
        _ => 0,
    };
}
