// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu.ConfigFs;

namespace TcmuRunner.Tcmu.Front;

/// <summary>What all devices of a front share; without state of their own.</summary>
internal sealed record FrontServices(
    TcmuFrontOptions Options,
    IHandlerCatalog Catalog,
    ITcmuDeviceFactory Factory,
    TcmuConfigFs ConfigFs,
    OpenGate Gate,
    ILogger Logger,
    TimeProvider TimeProvider,
    Action NoteChange);
