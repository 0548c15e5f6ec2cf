// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Service;

/// <summary>A logical unit of a target of the iSCSI front.</summary>
/// <param name="Number">Its LUN.</param>
/// <param name="Name">The name of its storage object.</param>
/// <param name="Configuration">Its configuration string.</param>
/// <param name="SizeBytes">Its size.</param>
/// <param name="BlockSizeBytes">Its logical block size.</param>
public sealed record LunFacts(ushort Number, string Name, string Configuration, ulong SizeBytes, uint BlockSizeBytes)
{
    /// <summary>The unit as a structure on the bus.</summary>
    internal const string Signature = "(qsstu)";

    internal object[] ToBus() => [Number, Name, Configuration, SizeBytes, BlockSizeBytes];
}
