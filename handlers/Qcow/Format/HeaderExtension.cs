// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;

namespace TcmuRunner.Handlers.Qcow.Format;

/// <summary>A header extension (qcow2 spec, Header extensions). Unknown ones are left in the image as they are.</summary>
/// <param name="Type">Which extension.</param>
/// <param name="Data">Its bytes without padding.</param>
internal sealed record HeaderExtension(uint Type, ImmutableArray<byte> Data)
{
    /// <summary>The format of the backing file.</summary>
    public const uint BackingFormat = 0xE2792ACA;

    /// <summary>Names of feature bits.</summary>
    public const uint FeatureNames = 0x6803F857;

    /// <summary>Where the persistent dirty bitmaps are.</summary>
    public const uint Bitmaps = 0x23852875;

    /// <summary>Where the LUKS header is.</summary>
    public const uint EncryptionHeader = 0x0537BE77;

    /// <summary>The name of the external data file.</summary>
    public const uint ExternalDataFile = 0x44415441;
}
