// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>What a ZONE MANAGEMENT OUT command does.</summary>
internal enum ZoneAction
{
    Close,
    Finish,
    Open,
    Reset,
    Sequentialize,
}
